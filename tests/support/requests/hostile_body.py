"""One hostile body, and what of it may come back: nothing."""

import json
from dataclasses import dataclass

from tests.support.requests.raw_post import CANARY, OK, UNREAD

# As CANARY, but a number: it may not come back either.
NUMBER = b"7519751975"
TEXT = json.dumps(CANARY.decode())

# False as long as the last of two equal names is silently taken. Then a repeated name may pass, too.
REPEATED_NAMES_ARE_REFUSED = True
REPEATED = UNREAD if REPEATED_NAMES_ARE_REFUSED else UNREAD | OK


@dataclass(frozen=True)
class HostileBody:
    """A body for a task's endpoint, or, where `is_batch`, for that of its batches."""

    name: str
    content: bytes
    allowed: frozenset[int] = UNREAD
    is_batch: bool = False

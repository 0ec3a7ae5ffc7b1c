"""A hostile body and the statuses that may answer it; no response repeats its content."""

import json
from dataclasses import dataclass

from tests.support.requests.raw_post import CANARY, INVALID

# Like CANARY: no response may contain this number.
NUMBER = b"7519751975"
TEXT = json.dumps(CANARY.decode())


@dataclass(frozen=True)
class HostileBody:
    """A body for a task's endpoint, or for its batch endpoint if `is_batch`."""

    name: str
    content: bytes
    allowed: frozenset[int] = INVALID
    is_batch: bool = False

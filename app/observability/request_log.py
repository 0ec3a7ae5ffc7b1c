"""The journal: one note a request, written up a moment later by whoever wants to know of it.

Taking a note costs a tuple; logs and metrics are written many at a time, off the way of a request.
"""

from asyncio import AbstractEventLoop, get_running_loop
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import NamedTuple

# Under this name the server finds the application's journal in the state that requests carry.
REQUEST_LOG = "journal"
# The server writes this key into the scope of a request that it refused and logged before its end.
WITHDRAWN = "withdrawn"
# The status that nginx logs where the client closed the connection before its answer.
CLIENT_CLOSED_REQUEST = 499

# How often each label was predicted, by model and version.
LabelCounts = dict[tuple[str, int], Counter[str]]

FLUSH_SECONDS = 0.1
MAX_RECORDS = 100


class RequestRecord(NamedTuple):
    """One request, answered; `ended` is in seconds since 1970, `route` None where no route was found.

    `method` is None where what was sent was no whole request. `model` and `version` say which model
    answered, if one did.
    """

    ended: float
    request_id: str
    method: str | None
    route: str | None
    status: int
    seconds: float
    model: str | None
    version: int | None


Reader = Callable[[Sequence[RequestRecord]], None]


class RequestLog:
    """Keeps notes for its readers, for a tenth of a second."""

    def __init__(self, readers: Sequence[Reader]) -> None:
        self._readers = readers
        self._records: list[RequestRecord] = []
        self._due_on: AbstractEventLoop | None = None

    def take(self, record: RequestRecord) -> None:
        """Keep a note; it is read soon."""
        self._records.append(record)
        if len(self._records) >= MAX_RECORDS:
            self.flush()
        loop = get_running_loop()
        if self._due_on is not loop:
            self._due_on = loop
            loop.call_later(FLUSH_SECONDS, self._flush_when_due)

    def flush(self) -> None:
        """Have all notes read now."""
        records, self._records = self._records, []
        for read in self._readers:
            # Nobody may have to do without an answer, or another reader without its notes, for a full disk.
            with suppress(OSError):
                read(records)

    def _flush_when_due(self) -> None:
        self._due_on = None
        self.flush()

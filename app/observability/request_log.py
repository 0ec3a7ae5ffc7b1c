"""The request log: one record for each request, passed to the JSON log and the metrics in groups.

Appending a record costs a tuple. Everything slower happens up to FLUSH_SECONDS later, outside the request.
"""

from asyncio import AbstractEventLoop, get_running_loop
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import NamedTuple

# The key of the application's request log in the lifespan state, where the server finds it.
REQUEST_LOG = "request_log"
# The server adds this key to the scope of a request that it has refused and logged before its end.
WITHDRAWN = "withdrawn"
# nginx's status for a request whose client closed the connection before the response.
CLIENT_CLOSED_REQUEST = 499

# How often each label was predicted, by model and version.
LabelCounts = dict[tuple[str, int], Counter[str]]

FLUSH_SECONDS = 0.1
MAX_RECORDS = 100


class RequestRecord(NamedTuple):
    """One request and its response.

    `ended` is in seconds since 1970. `method` is None for input that was not a complete request, `route`
    if no route matched. `model` and `version` name the model that answered, if one did.
    """

    ended: float
    request_id: str
    method: str | None
    route: str | None
    status: int
    seconds: float
    model: str | None
    version: int | None


class RequestLog:
    """Collects records and passes them to its consumers."""

    def __init__(self, consumers: Sequence[Callable[[Sequence[RequestRecord]], None]]) -> None:
        self._consumers = consumers
        self._records: list[RequestRecord] = []
        # The event loop on which the next flush is scheduled.
        self._scheduled_on: AbstractEventLoop | None = None

    def append(self, record: RequestRecord) -> None:
        """Add a record; call this on the event loop."""
        self._records.append(record)
        if len(self._records) >= MAX_RECORDS:
            self.flush()
        loop = get_running_loop()
        if self._scheduled_on is not loop:
            self._scheduled_on = loop
            loop.call_later(FLUSH_SECONDS, self._flush_as_scheduled)

    def flush(self) -> None:
        """Pass all records to the consumers now."""
        records, self._records = self._records, []
        for consume in self._consumers:
            # A full disk must neither fail a request nor keep the records from another consumer.
            with suppress(OSError):
                consume(records)

    def _flush_as_scheduled(self) -> None:
        self._scheduled_on = None
        self.flush()

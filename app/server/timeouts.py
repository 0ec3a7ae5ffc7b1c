"""Timeouts: a connection is closed when its client takes too long.

| the client                          | may take                                                        |
|-------------------------------------|-----------------------------------------------------------------|
| connects and sends nothing          | HEAD_FRACTION of APP_REQUEST_TIMEOUT_SECONDS                    |
| sends the request line and headers  | HEAD_FRACTION of it, counted from the first byte                |
| sends the body                      | REQUEST_FRACTION of it, counted from the first byte of the head |
| does not read a response            | REQUEST_FRACTION of it                                          |
| sends the next request              | KEEP_ALIVE_SECONDS                                              |
| reads the response to a bad request | LINGER_SECONDS                                                  |

`app.inference.batching` limits how long a request waits for its prediction.
"""

import asyncio
from abc import abstractmethod
from math import inf
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from app.http.errors import RequestRefused
from app.server.bad_requests import RequestTooSlow

DEFAULT_REQUEST_SECONDS = 10
HEAD_FRACTION = 0.5
# The rest of the time is for the response.
REQUEST_FRACTION = 0.9
# Longer than a proxy keeps an idle connection (nginx: 60 s), so that the proxy closes it. If the server
# closed it, the proxy might send a request at the same moment.
KEEP_ALIVE_SECONDS = 75
# Closing a connection while the client still sends would discard the response.
LINGER_SECONDS = 0.25

# The states of a connection, in order; from REFUSING on it reads no more requests.
AWAITING_REQUEST, READING_HEAD, READING_BODY, REFUSING, CLOSING = range(5)


class TimeoutProtocol(HttpToolsProtocol):
    """A connection that is closed at the end of every timeout.

    One timer checks the state of the connection, so a request that is answered between two checks needs no
    timer of its own.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # uvicorn's own configuration does not have it.
        request_seconds = getattr(self.config, "request_timeout_seconds", DEFAULT_REQUEST_SECONDS)
        self._head_seconds = HEAD_FRACTION * request_seconds
        self._request_seconds = REQUEST_FRACTION * request_seconds
        # No timeout but LINGER_SECONDS is shorter, so checks at this interval miss none.
        self._check_seconds = min(self._head_seconds, self.timeout_keep_alive)
        self._timer: asyncio.TimerHandle | None = None
        self._state = AWAITING_REQUEST
        # The request that is answered now; uvicorn's `cycle` is the newest one, which may wait for it.
        self._running: RequestResponseCycle | None = None
        # By the loop's clock: when the request began, the last response ended, the client stopped reading.
        self._began_at = 0.0
        self._answered_at = 0.0
        self._unread_since = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the timer."""
        super().connection_made(transport)
        self._began_at = self.loop.time()
        self._schedule_check(inf)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the timer."""
        if self._timer is not None:
            self._timer.cancel()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Record when the client stopped reading."""
        self._unread_since = self.loop.time()
        super().pause_writing()

    @abstractmethod
    def disconnect(self, reason: RequestRefused) -> None:
        """Close the connection; a client that has begun a request gets the reason as its response."""

    def waiting_since(self) -> float:
        """Give the time since when the server waits for the client; infinity if it does not wait.

        A connection that lingers after its last response counts as waiting since the beginning.
        """
        since, _ = self._current_timeout()
        return -inf if self._state == CLOSING else since

    def _is_answering(self) -> bool:
        running = self._running
        return running is not None and not running.response_complete and not running.disconnected

    def _schedule_check(self, seconds: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self.loop.call_later(min(seconds, self._check_seconds), self._check_timeout)

    def _check_timeout(self) -> None:
        if self.flow.read_paused:
            # The server does not read, so the client is not the slow one.
            self._began_at = self.loop.time()
        if sum(self._current_timeout()) <= self.loop.time():
            self.disconnect(RequestTooSlow("The request did not arrive in time."))
        self._schedule_check(max(sum(self._current_timeout()) - self.loop.time(), 0))

    def _current_timeout(self) -> tuple[float, float]:
        """Give since when the server waits for its client, and for how many seconds it may; or infinities."""
        if self.flow.write_paused or self.transport.is_closing():
            return max(self._answered_at, self._unread_since), self._request_seconds
        if self._state == CLOSING:
            return self._answered_at, LINGER_SECONDS
        is_reading = self._state in {READING_HEAD, READING_BODY}
        is_server_busy = self.flow.read_paused if is_reading else self._is_answering()
        if is_server_busy:
            return inf, inf
        if self._state == READING_BODY:
            return self._began_at, self._request_seconds
        if self._state == READING_HEAD or self.cycle is None:
            return self._began_at, self._head_seconds
        return self._answered_at, self.timeout_keep_alive

"""An end to every wait for a client: one timer for each connection.

It looks at what the connection waits for and since when; a request that comes and goes between two
looks costs it nothing.
"""

import asyncio
from abc import abstractmethod
from enum import IntEnum
from math import inf
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from app.http.errors import RequestRefused
from app.server.bad_requests import RequestTooSlow

# What a request has of APP_REQUEST_TIMEOUT_SECONDS for coming in; the rest is for the last words.
HEAD_FRACTION = 0.5
REQUEST_FRACTION = 0.9
# Closing while a client still sends would throw away the answer that says why.
LINGER_SECONDS = 0.25


class ConnectionState(IntEnum):
    """What a connection waits for, in the order of its life: from ITS_TURN on nothing more is read."""

    AWAITING_REQUEST = 0
    READING_HEAD = 1
    READING_BODY = 2
    REFUSING = 3
    CLOSING = 4


# For every packet: looking them up in their class takes longer.
AWAITING_REQUEST, READING_HEAD, READING_BODY, REFUSING, CLOSING = ConnectionState


class TimeoutProtocol(HttpToolsProtocol):
    """A connection whose client is let go where it takes longer than it may, whatever it is to do.

    The first request's time counts from the connection, so a client that says nothing is let go, too.
    """

    def __init__(self, *args: Any, request_seconds: float = 10, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._head_seconds = HEAD_FRACTION * request_seconds
        self._request_seconds = REQUEST_FRACTION * request_seconds
        # Looking this often finds every wait on the moment when it is over: none is shorter.
        self._check_seconds = min(self._head_seconds, self.timeout_keep_alive)
        self._timer: asyncio.TimerHandle | None = None
        self._state = AWAITING_REQUEST
        # The request that is answered now; `cycle` is the newest, which may have to wait for it.
        self._running: RequestResponseCycle | None = None
        self._began = 0.0
        self._answered = 0.0
        self._unread_since = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the only timer."""
        super().connection_made(transport)
        self._began = self.loop.time()
        self._schedule_check(inf)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop it."""
        if self._timer is not None:
            self._timer.cancel()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Note since when the client has not read what it was sent."""
        self._unread_since = self.loop.time()
        super().pause_writing()

    @abstractmethod
    def disconnect(self, reason: RequestRefused) -> None:
        """Let the client go, with the reason if it has begun to ask."""

    def waiting_since(self) -> float:
        """Say since when it has been the client's turn; infinity while it is the server's.

        Who has been told to go counts as waited for from the beginning.
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
            # Then it is not the client who is slow.
            self._began = self.loop.time()
        if sum(self._current_timeout()) <= self.loop.time():
            self.disconnect(RequestTooSlow("The request did not come in in time."))
        self._schedule_check(max(sum(self._current_timeout()) - self.loop.time(), 0))

    def _current_timeout(self) -> tuple[float, float]:
        """Say since when the connection waits for its client, and for how many seconds it may."""
        if self.flow.write_paused or self.transport.is_closing():
            return max(self._answered, self._unread_since), self._request_seconds
        if self._state in {READING_HEAD, READING_BODY}:
            return self._request_timeout()
        if self._state == CLOSING:
            return self._answered, LINGER_SECONDS
        if self.cycle is None:
            return self._began, self._head_seconds
        # While it works on an answer, the application has a deadline of its own.
        return (inf, inf) if self._is_answering() else (self._answered, self.timeout_keep_alive)

    def _request_timeout(self) -> tuple[float, float]:
        if self.flow.read_paused:
            return inf, inf
        in_head = self._state == READING_HEAD
        return self._began, self._head_seconds if in_head else self._request_seconds

"""One after the other: a client may send requests before it has read the answers to those before them.

Each is begun when the answer before it has left the server, so a connection has one answer at a time in
memory, however much its client asks for and does not read.
"""

import asyncio
from abc import abstractmethod
from itertools import count
from typing import Any, cast

from app.server.coalescing_transport import CoalescingTransport
from app.server.connection_limits import (
    FREE_BYTES,
    INCOMING,
    UNREAD,
    Connection,
    Reservation,
    enforce_unread_limit,
)
from app.server.timeouts import READING_BODY, REFUSING, TimeoutProtocol

NUMBERS = count(1)

# What one that waits takes up beside the bytes that were sent, and each of its headers.
WAITING_REQUEST_BYTES = 2 * 1024
WAITING_HEADER_BYTES = 128


class PipeliningProtocol(TimeoutProtocol):
    """A connection that answers one request at a time, and takes its place among others meanwhile."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.number = next(NUMBERS)
        self.unread = Reservation(UNREAD)
        self._incoming = Reservation(INCOMING)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Have uvloop say early that the client does not read."""
        super().connection_made(transport)
        transport.set_write_buffer_limits(FREE_BYTES)
        self._coalescing_transport = CoalescingTransport(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Give back what it took up, and tell the request that is answered."""
        self._incoming.release()
        self.unread.release()
        self.pipeline.clear()
        if self._running is not None:
            self._running.disconnected = True
            self._running.message_event.set()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Take up room for what the client has not read."""
        super().pause_writing()
        self.unread.take(self.transport.get_write_buffer_size())
        enforce_unread_limit(cast("set[Connection]", self.connections))

    def resume_writing(self) -> None:
        """Give it back, and go on if the answer was whole."""
        super().resume_writing()
        self.unread.release()
        if not (self._is_answering() or self.transport.is_closing()):
            self._continue()

    def on_response_complete(self) -> None:
        """Go on with the next request: as uvicorn does, but without a timer for every answer."""
        self.server_state.total_requests += 1
        self._answered = self.loop.time()
        self._coalescing_transport.flush()
        if self.transport.is_closing():
            return
        if self.flow.write_paused:
            self.flow.pause_reading()
        else:
            self._continue()

    def _begin_response(self) -> None:
        """Have the newest request answered through the envelope: at once, or when it is its turn."""
        self.cycle.transport = cast("asyncio.Transport", self._coalescing_transport)
        if self.pipeline:
            self._incoming.take(WAITING_REQUEST_BYTES + WAITING_HEADER_BYTES * len(self.headers))
        else:
            self._running = self.cycle

    def _continue(self) -> None:
        if self.pipeline:
            self._start_next()
        elif self._state == REFUSING:
            self._close_gracefully()
        if not self.pipeline:
            self.flow.resume_reading()

    def _start_next(self) -> None:
        # As if all were equally large; a body that still comes in keeps its place.
        waiting = len(self.pipeline)
        if waiting > 1 or self._state != READING_BODY:
            self._incoming.release(self._incoming.reserved_bytes // waiting)
        self._running, app = self.pipeline.pop()
        self._start_asgi_task(self._running, app)

    @abstractmethod
    def _close_gracefully(self) -> None:
        """Say the last words."""

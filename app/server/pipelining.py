"""HTTP pipelining: a client may send requests before it has read the responses to earlier ones.

A request is started when the response before it has been sent, so each connection has at most one
response in memory, however many requests its client sends without reading.
"""

import asyncio
from itertools import count
from typing import Any, cast

from app.server.coalescing_transport import CoalescingTransport
from app.server.connection_limits import (
    GUARANTEED_BYTES,
    INCOMING_BUDGET,
    UNREAD_BUDGET,
    Reservation,
    enforce_unread_limit,
)
from app.server.timeouts import CLOSING, LINGER_SECONDS, READING_BODY, REFUSING, TimeoutProtocol

# What a pipelined request uses besides the bytes that the client sent.
PIPELINED_REQUEST_BYTES = 2 * 1024
PIPELINED_HEADER_BYTES = 128

_connection_numbers = count(1)


class PipeliningProtocol(TimeoutProtocol):
    """A connection that answers one request at a time, and reserves memory for the others."""

    # uvicorn's type allows only its own protocols.
    connections: set[Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.number = next(_connection_numbers)
        self.unread = Reservation(UNREAD_BUDGET)
        self._incoming = Reservation(INCOMING_BUDGET)
        # The response after which the connection is closed.
        self._final_response = b""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Have `pause_writing` called once more than GUARANTEED_BYTES are unread."""
        super().connection_made(transport)
        transport.set_write_buffer_limits(GUARANTEED_BYTES)
        self._coalescing_transport = CoalescingTransport(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Release all memory, and report the disconnect to the request that is answered."""
        self._incoming.release()
        self.unread.release()
        self.pipeline.clear()
        if self._running is not None:
            self._running.disconnected = True
            self._running.message_event.set()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Reserve memory for what the client has not read."""
        super().pause_writing()
        self.unread.reserve(self.transport.get_write_buffer_size())
        enforce_unread_limit(self.connections)

    def resume_writing(self) -> None:
        """Release that memory, and start the next request if the response was complete."""
        super().resume_writing()
        self.unread.release()
        if not (self._is_answering() or self.transport.is_closing()):
            self._continue()

    def on_response_complete(self) -> None:
        """Start the next request, as uvicorn does, but without a timer for every response."""
        self.server_state.total_requests += 1
        self._answered_at = self.loop.time()
        self._coalescing_transport.flush()
        if self.transport.is_closing():
            return
        if self.flow.write_paused:
            self.flow.pause_reading()
        else:
            self._continue()

    def _add_request(self) -> None:
        """Give the newest request its transport; reserve memory for it if it has to wait."""
        self.cycle.transport = cast("asyncio.Transport", self._coalescing_transport)
        if self.pipeline:
            self._incoming.reserve(PIPELINED_REQUEST_BYTES + PIPELINED_HEADER_BYTES * len(self.headers))
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
        # An estimate: the reservation is shared equally among the requests that wait. The body of the last
        # one keeps its reservation until it is complete.
        waiting = len(self.pipeline)
        if waiting > 1 or self._state != READING_BODY:
            self._incoming.release(self._incoming.reserved_bytes // waiting)
        self._running, app = self.pipeline.pop()
        self._start_asgi_task(self._running, app)

    def _close_gracefully(self) -> None:
        """Send the final response and close the connection once the client has had time to read it."""
        self._state = CLOSING
        self._answered_at = self.loop.time()
        self.transport.write(self._final_response)
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self._schedule_check(LINGER_SECONDS)

"""One after the other: a client may send requests before it has read the answers to those before them.

Each is begun when the answer before it has left the server, so a connection has one answer at a time in
memory, however much its client asks for and does not read.
"""

import asyncio
from abc import abstractmethod
from itertools import count
from typing import Any, cast

from app.crowd import FREE_BYTES, INCOMING, UNREAD, Crowded, Place, make_room
from app.deadlines import ITS_TURN, REST_OF_BODY, TimedHttp
from app.envelope import Envelope

NUMBERS = count(1)

# What one that waits takes up beside the bytes that were sent, and each of its headers.
WAITING_REQUEST_BYTES = 2 * 1024
WAITING_HEADER_BYTES = 128


class SuccessiveHttp(TimedHttp):
    """A connection that answers one request at a time, and takes its place among others meanwhile."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.number = next(NUMBERS)
        self.unread = Place(UNREAD)
        self._incoming = Place(INCOMING)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Have uvloop say early that the client does not read."""
        super().connection_made(transport)
        transport.set_write_buffer_limits(FREE_BYTES)
        self._envelope = Envelope(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Give back what it took up, and tell the request that is answered."""
        self._incoming.give_back()
        self.unread.give_back()
        self.pipeline.clear()
        if self._running is not None:
            self._running.disconnected = True
            self._running.message_event.set()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Take up room for what the client has not read."""
        super().pause_writing()
        self.unread.take(self.transport.get_write_buffer_size())
        make_room(cast("set[Crowded]", self.connections))

    def resume_writing(self) -> None:
        """Give it back, and go on if the answer was whole."""
        super().resume_writing()
        self.unread.give_back()
        if not (self._is_answering() or self.transport.is_closing()):
            self._go_on()

    def on_response_complete(self) -> None:
        """Go on with the next request: as uvicorn does, but without a timer for every answer."""
        self.server_state.total_requests += 1
        self._answered = self.loop.time()
        self._envelope.flush()
        if self.transport.is_closing():
            return
        if self.flow.write_paused:
            self.flow.pause_reading()
        else:
            self._go_on()

    def _note_start(self) -> None:
        """Have the newest request answered through the envelope: at once, or when it is its turn."""
        self.cycle.transport = cast("asyncio.Transport", self._envelope)
        if self.pipeline:
            self._incoming.take(WAITING_REQUEST_BYTES + WAITING_HEADER_BYTES * len(self.headers))
        else:
            self._running = self.cycle

    def _go_on(self) -> None:
        if self.pipeline:
            self._start_next()
        elif self._waits_for == ITS_TURN:
            self._say_goodbye()
        if not self.pipeline:
            self.flow.resume_reading()

    def _start_next(self) -> None:
        # As if all were equally large; a body that still comes in keeps its place.
        waiting = len(self.pipeline)
        if waiting > 1 or self._waits_for != REST_OF_BODY:
            self._incoming.give_back(self._incoming.taken_bytes // waiting)
        self._running, app = self.pipeline.pop()
        self._start_asgi_task(self._running, app)

    @abstractmethod
    def _say_goodbye(self) -> None:
        """Say the last words."""

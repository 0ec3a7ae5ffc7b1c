"""How bytes become requests: uvicorn's HTTP/1.1, with an end to every wait and a cap on every head.

uvicorn waits for ever for a client that says nothing, or only a little now and then, and reads heads
of any size. Here each connection has one timer, which looks at what the connection waits for and
since when; a request that comes and goes between two looks costs it nothing.

What is refused here never was a request, so the application does not see it. It is answered with a
problem document like any other, in its turn behind the answers that are still owed, and the
connection is closed.
"""

import asyncio
import struct
from math import inf
from socket import SO_LINGER, SOL_SOCKET
from typing import Any

from httptools import HttpParserError, HttpParserUpgrade
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app.malformed import (
    MAX_HEAD_BYTES,
    MAX_HEADERS,
    HeadTooLarge,
    RequestMalformed,
    RequestTooSlow,
    check_size,
    check_version_and_host,
    write_refusal,
)

# Answers come in order, so all but the first wait; each costs memory until its turn.
MAX_PIPELINED = 100

# What a request has of APP_REQUEST_TIMEOUT_SECONDS for coming in; the rest is for the last words.
HEAD_SHARE = 0.5
REQUEST_SHARE = 0.9
# Closing while a client still sends would throw away the answer that says why.
LINGER_SECONDS = 0.25

AT_ONCE = struct.pack("ii", 1, 0)

# What a connection waits for.
NEXT_REQUEST, REST_OF_HEAD, REST_OF_BODY, ITS_TURN, GOODBYE = range(5)


class GuardedHttp(HttpToolsProtocol):
    """One connection. Closed within `request_seconds` of a request's first byte if that stays incomplete.

    The first request's time counts from the connection, so a client that says nothing is closed, too.
    A client that does not read its answers is closed as soon.
    """

    def __init__(self, *args: Any, request_seconds: float = 10, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._head_seconds = HEAD_SHARE * request_seconds
        self._request_seconds = REQUEST_SHARE * request_seconds
        # Looking this often finds every wait on the moment when it is over: none is shorter.
        self._look_seconds = min(self._head_seconds, self.timeout_keep_alive)
        self._timer: asyncio.TimerHandle | None = None
        self._waits_for = NEXT_REQUEST
        self._began = 0.0
        self._answered = 0.0
        self._unread_since = 0.0
        self._packet = 0
        self._unspent = 0
        self._last_words = b""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the only timer."""
        super().connection_made(transport)
        self._began = self.loop.time()
        self._look_in(inf)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop it."""
        if self._timer is not None:
            self._timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse, and refuse what is no request or has more around its body than a head may have."""
        if self._waits_for >= ITS_TURN:
            return
        self._packet = len(data)
        self._unspent += len(data)
        try:
            self.parser.feed_data(data)
        except HttpParserUpgrade as upgrade:
            self._read_without_upgrade(data[upgrade.args[0] :])
        except HttpParserError as error:
            reason = error.__context__
            unreadable = RequestMalformed("This is no HTTP/1.1 request that this server reads.")
            self._refuse(reason if isinstance(reason, RequestMalformed) else unreadable)
        else:
            if self._unspent > MAX_HEAD_BYTES:
                self._refuse(HeadTooLarge())

    def eof_received(self) -> bool:  # type: ignore[override]
        """Still answer a client that has said all it wanted to say and now only listens."""
        owed = self._waits_for in {NEXT_REQUEST, ITS_TURN} and self._is_answering()
        if owed and self._waits_for == NEXT_REQUEST:
            self.cycle.keep_alive = False
        return owed

    def on_message_begin(self) -> None:
        """Note the request's first byte."""
        HttpToolsProtocol.on_message_begin(self)
        self._waits_for = REST_OF_HEAD
        self._unspent = 0
        if self.cycle is not None:
            self._began = self.loop.time()

    def on_headers_complete(self) -> None:
        """Start the request, if its head is what it must be."""
        if len(self.headers) > MAX_HEADERS or self._unspent or self._packet > MAX_HEAD_BYTES:
            check_size(self.url, self.headers)
        if len(self.pipeline) >= MAX_PIPELINED:
            raise RequestMalformed(f"At most {MAX_PIPELINED} requests may wait for their answers.")
        hosts = 0
        for name, _ in self.headers:
            if name == b"host":
                hosts += 1
        if hosts != 1 or self.parser.get_http_version() != "1.1":
            check_version_and_host(self.parser.get_http_version(), self.headers)
        if self.parser.should_upgrade():
            if self.parser.get_method() == b"CONNECT":
                raise RequestMalformed("This server is no proxy.")
            return
        HttpToolsProtocol.on_headers_complete(self)
        self._waits_for = REST_OF_BODY
        # Trailers come by the same callback as headers, and must not become headers of a checked request.
        self.headers = []

    def on_body(self, body: bytes) -> None:
        """Take a piece of the body."""
        self._unspent = 0
        cycle = self.cycle
        if not cycle.response_complete:
            cycle.body += body
            if len(cycle.body) > HIGH_WATER_LIMIT:
                self.flow.pause_reading()
            cycle.message_event.set()

    def on_message_complete(self) -> None:
        """Note that the request is all here."""
        if self._waits_for == REST_OF_BODY:
            self._waits_for = NEXT_REQUEST
            self.cycle.more_body = False
            self.cycle.message_event.set()

    def on_response_complete(self) -> None:
        """Go on with the next request: as uvicorn does, but without a timer for every answer."""
        self.server_state.total_requests += 1
        self._answered = self.loop.time()
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        elif self._waits_for == ITS_TURN:
            self._say_goodbye()

    def pause_writing(self) -> None:
        """Note since when the client has not read what it was sent."""
        self._unread_since = self.loop.time()
        super().pause_writing()

    def _read_without_upgrade(self, rest: bytes) -> None:
        # A server may ignore the wish for another protocol, but the parser then passes over the body. So
        # it is given the request a second time, without that wish.
        version = self.parser.get_http_version().encode()
        line = b"%s %s HTTP/%s" % (self.parser.get_method(), self.url, version)
        kept = [b"%s: %s" % header for header in self.headers if header[0] != b"upgrade"]
        self.data_received(b"\r\n".join([line, *kept, b"", rest]))

    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _look_in(self, seconds: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self.loop.call_later(min(seconds, self._look_seconds), self._look)

    def _look(self) -> None:
        if self._deadline() <= self.loop.time():
            self._give_up()
        self._look_in(max(self._deadline() - self.loop.time(), 0))

    def _deadline(self) -> float:
        """Say when what the connection waits for must have happened."""
        if self.flow.write_paused or self.transport.is_closing():
            return max(self._answered, self._unread_since) + self._request_seconds
        if self._waits_for in {REST_OF_HEAD, REST_OF_BODY}:
            return self._request_deadline()
        if self._waits_for == GOODBYE:
            return self._answered + LINGER_SECONDS
        if self.cycle is None:
            return self._began + self._head_seconds
        # While it works on an answer, the application has a deadline of its own.
        return inf if self._is_answering() else self._answered + self.timeout_keep_alive

    def _request_deadline(self) -> float:
        if self.flow.read_paused:
            # Then it is not the client who is slow.
            self._began = self.loop.time()
        in_head = self._waits_for == REST_OF_HEAD
        return self._began + (self._head_seconds if in_head else self._request_seconds)

    def _give_up(self) -> None:
        if self.flow.write_paused or self.transport.is_closing() or self._waits_for == GOODBYE:
            self._hang_up()
        elif self._waits_for == NEXT_REQUEST:
            self._answered = self.loop.time()
            self.transport.close()
        else:
            self._refuse(RequestTooSlow("The request did not come in in time."))

    def _hang_up(self) -> None:
        # Else the system would keep what was not read, and offer it to the client for minutes.
        self.transport.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_LINGER, AT_ONCE)
        self.transport.abort()

    def _refuse(self, reason: RequestMalformed) -> None:
        """Answer with the reason once every answer before it is out; read nothing more."""
        answered, in_turn = False, not self._is_answering()
        if self._waits_for == REST_OF_BODY:
            answered = self.cycle.response_started
            in_turn = not self.pipeline
            self._take_back_request()
        self._waits_for = ITS_TURN
        self._last_words = b"" if answered else write_refusal(reason, self.server_state.default_headers)
        if in_turn:
            self._say_goodbye()

    def _take_back_request(self) -> None:
        # For the application it is as if the client had hung up.
        if self.pipeline:
            self.pipeline.popleft()
        self.cycle.disconnected = True
        self.cycle.message_event.set()

    def _say_goodbye(self) -> None:
        self._waits_for = GOODBYE
        self._answered = self.loop.time()
        self.transport.write(self._last_words)
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self._look_in(LINGER_SECONDS)

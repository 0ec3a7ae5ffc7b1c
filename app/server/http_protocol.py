"""How bytes become requests: uvicorn's HTTP/1.1, with an end to every wait and a cap on all it takes in.

uvicorn waits for ever for a client that says nothing, or only a little now and then, reads heads of
any size, and has no end of clients. `app.server.timeouts` ends the waits, and `app.server.connection_limits` says what all
connections may take up together.

What is refused here never was a request, so the application does not see it. It is answered with a
problem document like any other, in its turn behind the answers that are still owed, and the
connection is closed.
"""

import asyncio
import secrets
import struct
import time
from socket import SO_LINGER, SOL_SOCKET
from typing import Any, cast

from httptools import HttpParserError, HttpParserUpgrade
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app.http.errors import Overloaded, RequestRefused
from app.observability.request_log import REQUEST_LOG, WITHDRAWN, RequestRecord
from app.server.bad_requests import (
    MAX_HEAD_BYTES,
    MAX_HEADERS,
    HeadTooLarge,
    RequestMalformed,
    check_size,
    check_version_and_host,
    write_refusal,
)
from app.server.connection_limits import Connection, enforce_connection_limit
from app.server.pipelining import PipeliningProtocol
from app.server.timeouts import (
    AWAITING_REQUEST,
    CLOSING,
    LINGER_SECONDS,
    READING_BODY,
    READING_HEAD,
    REFUSING,
)

# Answers come in order, so all but the first wait; each costs memory until its turn.
MAX_PIPELINED = 100

AT_ONCE = struct.pack("ii", 1, 0)


class HttpProtocol(PipeliningProtocol):
    """One connection. Closed within `request_seconds` of a request's first byte if that stays incomplete.

    A client that does not read its answers is closed as soon.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.headers = []
        self._bytes_around_body = 0
        self._final_response = b""
        self._is_aborted = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Thin the crowd out, where it is too large."""
        super().connection_made(transport)
        enforce_connection_limit(cast("set[Connection]", self.connections), self)

    def data_received(self, data: bytes) -> None:
        """Take up requests, in pieces: uvloop hands over much at once, and nothing is weighed within one."""
        if len(data) <= MAX_HEAD_BYTES:
            self._parse(data)
            return
        for start in range(0, len(data), MAX_HEAD_BYTES):
            self._parse(data[start : start + MAX_HEAD_BYTES])

    def _parse(self, piece: bytes) -> None:
        """Parse, and refuse what is no request or has more around its body than a head may have."""
        if self._state >= REFUSING:
            return
        self._bytes_around_body += len(piece)
        try:
            self.parser.feed_data(piece)
        except HttpParserUpgrade as upgrade:
            self._read_without_upgrade(piece[upgrade.args[0] :])
            return
        except HttpParserError as error:
            reason = error.__context__
            unreadable = RequestMalformed("This is no HTTP/1.1 request that this server reads.")
            self._refuse(reason if isinstance(reason, RequestRefused) else unreadable)
        else:
            if self._bytes_around_body > MAX_HEAD_BYTES:
                self._refuse(HeadTooLarge())
            elif len(self.headers) > MAX_HEADERS:
                self._refuse(HeadTooLarge(f"{MAX_HEADERS} headers"))
        if self._state == READING_BODY or (self.pipeline and self._state < REFUSING):
            self._reserve(len(piece))

    def eof_received(self) -> bool:  # type: ignore[override]
        """Still answer a client that has said all it wanted to say and now only listens."""
        owed = self._state in {AWAITING_REQUEST, REFUSING} and self._is_answering()
        if owed and self._state == AWAITING_REQUEST:
            self.cycle.keep_alive = False
        return owed

    def on_message_begin(self) -> None:
        """Note the request's first byte."""
        HttpToolsProtocol.on_message_begin(self)
        self._state = READING_HEAD
        self._bytes_around_body = 0
        if self.cycle is not None:
            self._began = self.loop.time()

    def on_headers_complete(self) -> None:
        """Start the request, if its head is what it must be."""
        if len(self.headers) > MAX_HEADERS or self._bytes_around_body:
            # A head that lies in one piece is never too long.
            check_size(self.url, self.headers)
        if len(self.pipeline) >= MAX_PIPELINED:
            raise RequestMalformed(f"At most {MAX_PIPELINED} requests may wait for their answers.")
        hosts = 0
        for name, _ in self.headers:
            if name == b"host":
                hosts += 1
        if hosts != 1 or self.parser.get_http_version() != "1.1":
            check_version_and_host(self.parser.get_http_version(), hosts, self.headers)
        if self.parser.should_upgrade():
            if self.parser.get_method() == b"CONNECT":
                raise RequestMalformed("This server is no proxy.")
            return
        HttpToolsProtocol.on_headers_complete(self)
        self._begin_response()
        self._state = READING_BODY
        # Trailers come by the same callback as headers, and must not become headers of a checked request.
        self.headers = []

    def on_body(self, body: bytes) -> None:
        """Take a piece of the body."""
        self._bytes_around_body = 0
        cycle = self.cycle
        if not cycle.response_complete:
            cycle.body += body
            if len(cycle.body) > HIGH_WATER_LIMIT:
                self.flow.pause_reading()
            cycle.message_event.set()

    def on_message_complete(self) -> None:
        """Note that the request is all here."""
        if self._state == READING_BODY:
            self._state = AWAITING_REQUEST
            self.cycle.more_body = False
            self.cycle.message_event.set()
            if self._incoming.reserved_bytes and not self.pipeline:
                self._incoming.release()

    def is_disconnected(self) -> bool:
        """Say whether it is about to take up nothing any more."""
        transport = self.transport
        return self._is_aborted or (transport.is_closing() and not transport.get_write_buffer_size())

    def disconnect(self, reason: RequestRefused) -> None:
        """Let the client go, with the reason if it has begun to ask."""
        if self.flow.write_paused or self.transport.is_closing() or self._state == CLOSING:
            self._abort()
        elif self._state == AWAITING_REQUEST:
            self._answered = self.loop.time()
            self.transport.close()
        else:
            self._refuse(reason)

    def _read_without_upgrade(self, rest: bytes) -> None:
        # A server may ignore the wish for another protocol, but the parser then passes over the body. So
        # it is given the request a second time, without that wish.
        version = self.parser.get_http_version().encode()
        line = b"%s %s HTTP/%s" % (self.parser.get_method(), self.url, version)
        kept = [b"%s: %s" % header for header in self.headers if header[0] != b"upgrade"]
        self.data_received(b"\r\n".join([line, *kept, b"", rest]))

    def _reserve(self, more_bytes: int) -> None:
        """Take up room for what has come in and must wait."""
        if self.cycle.response_complete:
            # It was refused before its end, so nothing of it is kept.
            self._incoming.release()
            return
        self._incoming.take(more_bytes)
        if self._incoming.exceeds_budget():
            self._drop_pipelined()
            room = "There is no room for more long bodies or waiting requests at once"
            self._refuse(Overloaded(f"{room}; try again later."))

    def _abort(self) -> None:
        self._is_aborted = True
        self.unread.release()
        # Else the system would keep what was not read, and offer it to the client for minutes.
        self.transport.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_LINGER, AT_ONCE)
        self.transport.abort()

    def _refuse(self, reason: RequestRefused) -> None:
        """Answer with the reason once every answer before it is out; read nothing more."""
        answered = False
        if self._state == READING_BODY:
            answered = self.cycle.response_started
            self._withdraw_request()
        self._state = REFUSING
        self.headers.clear()
        self._final_response = b"" if answered else self._log_refusal(reason)
        if not (self.pipeline or self._is_answering()):
            self._close_gracefully()

    def _log_refusal(self, reason: RequestRefused) -> bytes:
        """Give the answer that says why, once it is in the application's journal."""
        request_id, seconds = secrets.token_hex(12), self.loop.time() - self._began
        if REQUEST_LOG in self.app_state:
            record = RequestRecord(time.time(), request_id, None, None, reason.status, seconds, None, None)
            self.app_state[REQUEST_LOG].take(record)
        return write_refusal(reason, request_id, self.server_state.default_headers)

    def _drop_pipelined(self) -> None:
        # Their client hears of it by the refusal: it comes after the one answer that is owed yet.
        self.pipeline.clear()
        self._incoming.release()

    def _withdraw_request(self) -> None:
        # For the application it is as if the client had hung up.
        if self.pipeline:
            self.pipeline.popleft()
        if not self.pipeline:
            self._incoming.release()
        cycle = self.cycle
        cast("dict[str, Any]", cycle.scope)[WITHDRAWN] = True
        cycle.body = bytearray()
        cycle.disconnected = True
        cycle.waiting_for_100_continue = False
        cycle.message_event.set()

    def _close_gracefully(self) -> None:
        self._state = CLOSING
        self._answered = self.loop.time()
        self.transport.write(self._final_response)
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self._schedule_check(LINGER_SECONDS)

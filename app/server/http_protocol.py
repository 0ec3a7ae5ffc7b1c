"""Turns bytes into requests: uvicorn's HTTP/1.1 protocol with timeouts and limits.

uvicorn waits without end for silent or slow clients, reads heads of any size, and accepts any number of
connections. `app.server.timeouts` ends the waiting, and `app.server.connection_limits` limits what all
connections use together.

Invalid input never becomes a request, so the application does not see it. Its response is a problem
document, like every other error. It is sent after the responses to earlier requests, and then the
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
    check_head_size,
    check_version_and_host,
    write_refusal,
)
from app.server.connection_limits import enforce_connection_limit
from app.server.pipelining import PipeliningProtocol
from app.server.timeouts import AWAITING_REQUEST, CLOSING, READING_BODY, READING_HEAD, REFUSING

# Responses are sent in order, so each pipelined request uses memory until the earlier ones are answered.
MAX_PIPELINED = 100

# The value of SO_LINGER that makes the kernel reset the connection on close.
RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class HttpProtocol(PipeliningProtocol):
    """One connection, closed at every timeout and when the limits on all connections require it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.headers = []
        # Bytes of head, chunk sizes and trailers since the request began or the last piece of its body.
        self._framing_bytes = 0
        self._is_aborted = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Close other connections if too many are open."""
        super().connection_made(transport)
        enforce_connection_limit(self.connections, self)

    def data_received(self, data: bytes) -> None:
        """Parse in pieces of at most MAX_HEAD_BYTES, because the limits are checked between pieces."""
        if len(data) <= MAX_HEAD_BYTES:
            self._parse(data)
            return
        for start in range(0, len(data), MAX_HEAD_BYTES):
            self._parse(data[start : start + MAX_HEAD_BYTES])

    def _parse(self, piece: bytes) -> None:
        """Parse, and refuse a request that is invalid or has too many bytes besides its body."""
        if self._state >= REFUSING:
            return
        self._framing_bytes += len(piece)
        try:
            self.parser.feed_data(piece)
        except HttpParserUpgrade as upgrade:
            self._read_without_upgrade(piece[upgrade.args[0] :])
            return
        except HttpParserError as error:
            reason = error.__context__
            invalid = RequestMalformed("This is not a valid HTTP/1.1 request.")
            self._refuse(reason if isinstance(reason, RequestRefused) else invalid)
        else:
            if self._framing_bytes > MAX_HEAD_BYTES or len(self.headers) > MAX_HEADERS:
                self._refuse(HeadTooLarge())
        if self._state == READING_BODY or (self.pipeline and self._state < REFUSING):
            self._reserve(len(piece))

    def eof_received(self) -> bool:  # type: ignore[override]
        """Say whether to keep the connection open, because a client that sends no more awaits responses."""
        awaits_response = self._state in {AWAITING_REQUEST, REFUSING} and self._is_answering()
        if awaits_response and self._state == AWAITING_REQUEST:
            self.cycle.keep_alive = False
        return awaits_response

    def on_message_begin(self) -> None:
        """Record the start of a request."""
        HttpToolsProtocol.on_message_begin(self)
        self._state = READING_HEAD
        self._framing_bytes = 0
        if self.cycle is not None:
            self._began_at = self.loop.time()

    def on_headers_complete(self) -> None:
        """Start the request if its head is valid."""
        if len(self.headers) > MAX_HEADERS or self._framing_bytes:
            # A head that arrives in one piece is never too large.
            check_head_size(self.url, self.headers)
        if len(self.pipeline) >= MAX_PIPELINED:
            raise RequestMalformed(f"At most {MAX_PIPELINED} requests may wait for their responses.")
        hosts = 0
        for name, _ in self.headers:
            if name == b"host":
                hosts += 1
        if hosts != 1 or self.parser.get_http_version() != "1.1":
            check_version_and_host(self.parser.get_http_version(), hosts, self.headers)
        if self.parser.should_upgrade():
            if self.parser.get_method() == b"CONNECT":
                raise RequestMalformed("This server is not a proxy.")
            return
        HttpToolsProtocol.on_headers_complete(self)
        self._add_request()
        self._state = READING_BODY
        # Trailers arrive through the callback of headers, and must not become headers of the checked request.
        self.headers = []

    def on_body(self, body: bytes) -> None:
        """Pass a piece of the body to the application."""
        self._framing_bytes = 0
        cycle = self.cycle
        if not cycle.response_complete:
            cycle.body += body
            if len(cycle.body) > HIGH_WATER_LIMIT:
                self.flow.pause_reading()
            cycle.message_event.set()

    def on_message_complete(self) -> None:
        """Record that the request is complete."""
        if self._state == READING_BODY:
            self._state = AWAITING_REQUEST
            self.cycle.more_body = False
            self.cycle.message_event.set()
            if self._incoming.reserved_bytes and not self.pipeline:
                self._incoming.release()

    def is_disconnected(self) -> bool:
        """Say whether the connection is closed, or closes without further input from the client."""
        transport = self.transport
        return self._is_aborted or (transport.is_closing() and not transport.get_write_buffer_size())

    def disconnect(self, reason: RequestRefused) -> None:
        """Close the connection; a client that has begun a request gets the reason as its response."""
        if self.flow.write_paused or self.transport.is_closing() or self._state == CLOSING:
            self._abort()
        elif self._state == AWAITING_REQUEST:
            self._answered_at = self.loop.time()
            self.transport.close()
        else:
            self._refuse(reason)

    def _read_without_upgrade(self, rest: bytes) -> None:
        # A server may ignore the header Upgrade, but the parser then skips the body. So the request is
        # parsed again without that header.
        version = self.parser.get_http_version().encode()
        line = b"%s %s HTTP/%s" % (self.parser.get_method(), self.url, version)
        headers = [b"%s: %s" % header for header in self.headers if header[0] != b"upgrade"]
        self.data_received(b"\r\n".join([line, *headers, b"", rest]))

    def _reserve(self, count: int) -> None:
        """Reserve memory for received bytes that wait; refuse the request if too many are reserved."""
        if self.cycle.response_complete:
            # The request was refused before its end, so its body is discarded.
            self._incoming.release()
            return
        self._incoming.reserve(count)
        if self._incoming.exceeds_budget():
            # The client gets one refusal for all of them, after the response that is being sent.
            self.pipeline.clear()
            self._incoming.release()
            self._refuse(Overloaded("Too many incomplete bodies and waiting requests; try again later."))

    def _abort(self) -> None:
        self._is_aborted = True
        self.unread.release()
        # Without a reset the kernel would keep unread data and retry to send it for minutes.
        self.transport.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_LINGER, RESET_ON_CLOSE)
        self.transport.abort()

    def _refuse(self, reason: RequestRefused) -> None:
        """Stop reading, and send the reason after the responses to earlier requests."""
        response_started = False
        if self._state == READING_BODY:
            response_started = self.cycle.response_started
            self._withdraw_request()
        self._state = REFUSING
        self.headers.clear()
        self._final_response = b"" if response_started else self._log_refusal(reason)
        if not (self.pipeline or self._is_answering()):
            self._close_gracefully()

    def _log_refusal(self, reason: RequestRefused) -> bytes:
        """Append the refusal to the request log, and give the response."""
        request_id, seconds = secrets.token_hex(12), self.loop.time() - self._began_at
        if REQUEST_LOG in self.app_state:
            record = RequestRecord(time.time(), request_id, None, None, reason.status, seconds, None, None)
            self.app_state[REQUEST_LOG].append(record)
        return write_refusal(reason, request_id, self.server_state.default_headers)

    def _withdraw_request(self) -> None:
        # The application handles it like a client that has disconnected.
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

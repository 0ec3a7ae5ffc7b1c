"""An answer's head and the first of its body in one packet.

uvicorn writes them apart, and uvloop sends at once what is written: two calls into the system for each
answer, and two packets to the client.
"""

from asyncio import Transport

HEAD = b"HTTP/1.1 "
CONTINUE = b"HTTP/1.1 100 "


class CoalescingTransport:
    """What an answer is written to: keeps its head until there is more to send."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._head = b""
        self.is_closing = transport.is_closing

    def write(self, data: bytes) -> None:
        """Keep a head, and send all else behind it."""
        if self._head:
            self._transport.write(self._head + data)
            self._head = b""
        elif data.startswith(HEAD) and not data.startswith(CONTINUE):
            self._head = data
        else:
            self._transport.write(data)

    def flush(self) -> None:
        """Send the head of an answer that has no body."""
        if self._head:
            self.write(b"")

    def close(self) -> None:
        """Send what is kept, and then close the connection."""
        self.flush()
        self._transport.close()

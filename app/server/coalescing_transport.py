"""Sends the head of a response and the first part of its body together.

uvicorn writes them separately, and uvloop sends each write at once: that would be two system calls for
each response and two packets to the client.
"""

from asyncio import Transport

STATUS_LINE_START = b"HTTP/1.1 "
CONTINUE_START = b"HTTP/1.1 100 "


class CoalescingTransport:
    """A transport that holds back the head of a response until the next write."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._head = b""
        self.is_closing = transport.is_closing

    def write(self, data: bytes) -> None:
        """Hold back the head of a response; send anything else at once, after the head if there is one."""
        if self._head:
            self._transport.write(self._head + data)
            self._head = b""
        elif data.startswith(STATUS_LINE_START) and not data.startswith(CONTINUE_START):
            self._head = data
        else:
            self._transport.write(data)

    def flush(self) -> None:
        """Send the head of a response that has no body."""
        if self._head:
            self.write(b"")

    def close(self) -> None:
        """Send the head, if there is one, and close the connection."""
        self.flush()
        self._transport.close()

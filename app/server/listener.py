"""Accepts connections from a listening socket, and stops new ones before the socket is closed."""

import ctypes
import logging
import socket
import struct
import sys
from collections.abc import Iterator, Sequence

SO_ATTACH_FILTER = 26
# A packet filter: load the flags of the TCP header (byte 13); drop a SYN (bit 2), keep everything else.
DROP_SYN = ((0x30, 0, 0, 13), (0x45, 0, 1, 2), (0x06, 0, 0, 0), (0x06, 0, 0, 0xFFFFFFFF))

MAX_ACCEPTED_AT_ONCE = 64

logger = logging.getLogger(__name__)


def accept_pending(listener: socket.socket) -> Iterator[socket.socket]:
    """Accept up to MAX_ACCEPTED_AT_ONCE pending connections; the listener must be non-blocking."""
    for _ in range(MAX_ACCEPTED_AT_ONCE):
        try:
            client, _ = listener.accept()
        except OSError:
            # No connection is pending, or no descriptor is free; the event loop reports the latter.
            return
        yield client


def refuse_new_connections(listeners: Sequence[socket.socket]) -> None:
    """Stop new connections from being established; pending ones can still be accepted.

    Closing a listener resets its pending connections. On Linux a packet filter stops new ones first,
    so that none is pending when the listener is closed.
    """
    if sys.platform != "linux":
        return
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in DROP_SYN))
    program = struct.pack("HL", len(DROP_SYN), ctypes.addressof(code))
    for listener in listeners:
        try:
            listener.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, program)
        except OSError:
            # Some sandboxes have no packet filters; there a last connection may be reset.
            logger.debug("This system does not support packet filters.")

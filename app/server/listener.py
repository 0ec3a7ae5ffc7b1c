"""A socket that listens: those who wait there, and its last moment."""

import ctypes
import logging
import socket
import struct
import sys
from collections.abc import Iterator, Sequence

SO_ATTACH_FILTER = 26
# A packet filter: load the flags of TCP's header (byte 13); drop a SYN (bit 2), keep all else.
DROP_SYN = ((0x30, 0, 0, 13), (0x45, 0, 1, 2), (0x06, 0, 0, 0), (0x06, 0, 0, 0xFFFFFFFF))

# So many of those who wait are let in at one look.
MAX_ACCEPTED_AT_ONCE = 64

logger = logging.getLogger(__name__)


def accept_pending(listener: socket.socket) -> Iterator[socket.socket]:
    """Give those who have connected and wait to be let in, if any do; the listener must not block."""
    for _ in range(MAX_ACCEPTED_AT_ONCE):
        try:
            client, _ = listener.accept()
        except OSError:
            # Nobody is left, or no descriptor: then the event loop's own look at the listener says so.
            return
        yield client


def refuse_new_connections(listeners: Sequence[socket.socket]) -> None:
    """Let nobody begin to connect; who has begun can still be accepted.

    Closing a listener resets the connections that the kernel has accepted and the process has not
    yet. On Linux a filter keeps more from coming, so that there are none when it is closed.
    """
    if sys.platform != "linux":
        return
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in DROP_SYN))
    program = struct.pack("HL", len(DROP_SYN), ctypes.addressof(code))
    for listener in listeners:
        try:
            listener.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, program)
        except OSError:
            # Some sandboxes have no filters: then a connection in the last moment may be reset.
            logger.debug("This system takes no packet filter.")

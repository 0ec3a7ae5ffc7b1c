"""A socket that listens: how many it lets in at once, and its last moment."""

import ctypes
import logging
import socket
import struct
import sys
from collections.abc import Sequence

SO_ATTACH_FILTER = 26
# A packet filter: load the flags of TCP's header (byte 13); drop a SYN (bit 2), keep all else.
DROP_SYN = ((0x30, 0, 0, 13), (0x45, 0, 1, 2), (0x06, 0, 0, 0), (0x06, 0, 0, 0xFFFFFFFF))

# The event loop lets one client in at each door, and then answers before it looks again. At a single
# door those who connect while it answers long batches would wait in the kernel, out of sight: neither
# refused nor told that the server is alive.
DOORS = 16

logger = logging.getLogger(__name__)


def doors(listener: socket.socket) -> list[socket.socket]:
    """Give so many sockets that listen for the same clients; this one is the first."""
    # Each other takes this over, and sets it for all that share the listener, also in other processes.
    listener.setblocking(False)
    return [listener, *(listener.dup() for _ in range(DOORS - 1))]


def refuse_newcomers(listeners: Sequence[socket.socket]) -> None:
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

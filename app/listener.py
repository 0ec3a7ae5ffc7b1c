"""The last moment of a socket that listens."""

import ctypes
import logging
import socket
import struct
import sys
from collections.abc import Sequence

SO_ATTACH_FILTER = 26
# A packet filter: load the flags of TCP's header (byte 13); drop a SYN (bit 2), keep all else.
DROP_SYN = ((0x30, 0, 0, 13), (0x45, 0, 1, 2), (0x06, 0, 0, 0), (0x06, 0, 0, 0xFFFFFFFF))

logger = logging.getLogger(__name__)


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

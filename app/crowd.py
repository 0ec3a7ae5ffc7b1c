"""What all connections of one process may take up together, beside the limits of each.

Slow clients are let go in time, but many may come at once. What they take up meanwhile are file
descriptors, without which nobody else can connect, and memory for bodies of which the end is missing.
"""

import logging
import resource
from asyncio import BaseTransport
from collections.abc import Collection
from heapq import nsmallest
from math import inf
from operator import itemgetter
from typing import Protocol

from app.errors import Overloaded, RequestRefused
from app.listener import DOORS

# Some kilobytes each, and up to MAX_HEAD_BYTES and FREE_BODY_BYTES for a request that is not all here.
MOST_CONNECTIONS = 4_000
# For what a server opens beside its connections: its doors, what else it reads and writes, and those
# whom its doors let in during the three rounds of the event loop until others are gone.
OTHER_DESCRIPTORS = DOORS + 24 + 3 * DOORS
# One in so many of those who only wait goes when there are too many.
SHARE_AT_ONCE = 16

# So much of each body is never too much: who asks for a row or some does not notice a crowd.
FREE_BODY_BYTES = 16 * 1024
MOST_BODY_BYTES = 64 * 1024 * 1024

logger = logging.getLogger(__name__)


class BodyRoom:
    """Memory for the bodies that are not all here yet, shared by the connections of a process."""

    def __init__(self) -> None:
        self.taken_bytes = 0


BODY_ROOM = BodyRoom()


class BodyShare:
    """What one connection takes up of the room, which one body alone may exceed."""

    def __init__(self, room: BodyRoom = BODY_ROOM) -> None:
        self._room = room
        self.taken_bytes = 0

    def take(self, more: int) -> None:
        """Take so many bytes more; Overloaded where the others have taken all."""
        self.taken_bytes += more
        self._room.taken_bytes += more
        by_others = self._room.taken_bytes - self.taken_bytes
        if by_others > MOST_BODY_BYTES and self.taken_bytes > FREE_BODY_BYTES:
            raise Overloaded("There is no room for more long bodies at once; try again later.")

    def give_back(self) -> None:
        """Take up nothing any more."""
        self._room.taken_bytes -= self.taken_bytes
        self.taken_bytes = 0


class Crowded(Protocol):
    """A connection, as far as others are concerned."""

    @property
    def transport(self) -> BaseTransport:
        """Give what it sends and reads through."""

    def waits_since(self) -> float:
        """Say since when it has been its client's turn; infinity while it is the server's."""

    def give_up(self, reason: RequestRefused) -> None:
        """Let the client go, with the reason if it has begun to ask."""


def thin_out(connections: Collection[Crowded], newcomer: Crowded) -> None:
    """Where more are connected than may be, let those go who have kept the server waiting longest.

    Looking for them takes a while, so some go at once. Whoever waits for an answer stays.
    """
    most = most_connections()
    if len(connections) <= most:
        return
    others = [one for one in connections if one is not newcomer and not one.transport.is_closing()]
    waiting = [(since, one) for one in others if (since := one.waits_since()) < inf]
    if len(others) < most or not waiting:
        return
    leaving = nsmallest(1 + len(waiting) // SHARE_AT_ONCE, waiting, key=itemgetter(0))
    logger.warning("More than %d clients are connected; %d that only wait are let go.", most, len(leaving))
    for _, connection in leaving:
        connection.give_up(Overloaded("More clients are connected than may be; try again later."))


def most_connections() -> int:
    """Say how many may be connected: what the system allows now, but for what is opened otherwise."""
    allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if allowed == resource.RLIM_INFINITY:
        return MOST_CONNECTIONS
    return min(MOST_CONNECTIONS, max(allowed - OTHER_DESCRIPTORS, allowed // 2))

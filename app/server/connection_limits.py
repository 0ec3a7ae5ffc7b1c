"""What all connections of one process may take up together, beside the limits of each.

Slow clients are let go in time, but many may come at once. What they take up meanwhile are file
descriptors, without which nobody else can connect, and memory: for what they have sent and the server has
not taken up, and for answers that they do not read.
"""

import logging
import resource
from collections.abc import Collection, Iterable
from heapq import nsmallest
from math import ceil, inf
from typing import Protocol

from app.http.errors import Overloaded, RequestRefused
from app.server.listener import MAX_ACCEPTED_AT_ONCE

# Each has some kilobytes of its own, up to MAX_HEAD_BYTES of a head, and FREE_BYTES either way.
MAX_CONNECTIONS = 4_000
# For what a server opens beside its connections, and for those whom it lets in at once before others are
# gone.
OTHER_DESCRIPTORS = 24 + MAX_ACCEPTED_AT_ONCE
# Looking for those who go takes a while, so one in so many of those who might goes at once.
DISCONNECT_ONE_IN = 16

# So much either way is never too much: who asks for a row or some does not notice a crowd.
FREE_BYTES = 16 * 1024
MOST_BYTES = 64 * 1024 * 1024

logger = logging.getLogger(__name__)


class MemoryBudget:
    """Memory that the connections of a process share."""

    def __init__(self) -> None:
        self.reserved_bytes = 0


# For bodies that are not all here yet, and for requests behind others.
INCOMING = MemoryBudget()
# For answers that their clients have not read.
UNREAD = MemoryBudget()


class Reservation:
    """What one connection takes up of a room."""

    def __init__(self, room: MemoryBudget) -> None:
        self._budget = room
        self.reserved_bytes = 0

    def take(self, more: int) -> None:
        """Take up so many bytes more."""
        self.reserved_bytes += more
        self._budget.reserved_bytes += more

    def release(self, some: int | None = None) -> None:
        """Take up so many bytes less, or nothing any more."""
        self.take(-self.reserved_bytes if some is None else -some)

    def exceeds_budget(self) -> bool:
        """Say whether others have taken all, and this is more than what is free; one alone may exceed all."""
        by_others = self._budget.reserved_bytes - self.reserved_bytes
        return by_others > MOST_BYTES and self.reserved_bytes > FREE_BYTES


class Connection(Protocol):
    """A connection, as far as others are concerned."""

    unread: Reservation
    # Of two that came in the same moment, the first has the lower one.
    number: int

    def is_disconnected(self) -> bool:
        """Say whether it is about to take up nothing any more."""

    def waiting_since(self) -> float:
        """Say since when it has been its client's turn; infinity while it is the server's."""

    def disconnect(self, reason: RequestRefused) -> None:
        """Let the client go, with the reason if it has begun to ask."""


def enforce_connection_limit(connections: Collection[Connection], newcomer: Connection) -> None:
    """Where more are connected than may be, let those go who have kept the server waiting longest.

    Whoever waits for an answer stays.
    """
    most = max_connections()
    if len(connections) <= most:
        return
    others = [one for one in connections if one is not newcomer and not one.is_disconnected()]
    if len(others) < most:
        return
    leaving = longest_waiting(others)
    if leaving:
        logger.warning(
            "More than %d clients are connected; %d that only wait are let go.", most, len(leaving)
        )
    for connection in leaving:
        connection.disconnect(Overloaded("More clients are connected than may be; try again later."))


def enforce_unread_limit(connections: Collection[Connection]) -> None:
    """Where clients leave more unread than there is room for, hang up on those who have so longest."""
    if UNREAD.reserved_bytes <= MOST_BYTES:
        return
    leaving = longest_waiting(one for one in connections if one.unread.reserved_bytes)
    logger.warning("Clients do not read their answers; %d are hung up on.", len(leaving))
    for connection in leaving:
        connection.disconnect(Overloaded("Too many answers wait to be read; try again later."))


def longest_waiting(connections: Iterable[Connection]) -> list[Connection]:
    """Give one in some of those who keep the server waiting, if any do; whoever has longest comes first."""
    waiting = [(since, one.number, one) for one in connections if (since := one.waiting_since()) < inf]
    return [one for *_, one in nsmallest(ceil(len(waiting) / DISCONNECT_ONE_IN), waiting)]


def max_connections() -> int:
    """Say how many may be connected: what the system allows now, but for what is opened otherwise."""
    allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if allowed == resource.RLIM_INFINITY:
        return MAX_CONNECTIONS
    return min(MAX_CONNECTIONS, max(allowed - OTHER_DESCRIPTORS, allowed // 4))

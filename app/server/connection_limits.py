"""Limits on what all connections of one process use together: file descriptors and memory.

Timeouts close each slow connection, but thousands of them may be open at the same time. They use file
descriptors, which new connections need, and memory: for requests that are incomplete or wait for their
turn, and for responses that the clients do not read.
"""

import logging
import resource
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from heapq import nsmallest
from math import ceil, inf
from typing import Protocol

from app.http.errors import Overloaded, RequestRefused
from app.server.listener import MAX_ACCEPTED_AT_ONCE

# Each uses some kilobytes, up to MAX_HEAD_BYTES for a head, and GUARANTEED_BYTES in each direction.
MAX_CONNECTIONS = 4_000
# For files other than connections, and for connections that are accepted before older ones are closed.
RESERVED_DESCRIPTORS = 24 + MAX_ACCEPTED_AT_ONCE
# The search for connections to close takes a while, so each search closes several.
DISCONNECTED_SHARE = 1 / 16

# A connection may always use this much in each direction, so clients with short requests are never refused.
GUARANTEED_BYTES = 16 * 1024
MAX_SHARED_BYTES = 64 * 1024 * 1024

logger = logging.getLogger(__name__)


@dataclass
class MemoryBudget:
    """Memory that all connections of a process share."""

    reserved_bytes: int = 0


# For incomplete bodies and pipelined requests.
INCOMING_BUDGET = MemoryBudget()
# For responses that the clients have not read.
UNREAD_BUDGET = MemoryBudget()


class Reservation:
    """The bytes that one connection has reserved in a budget."""

    def __init__(self, budget: MemoryBudget) -> None:
        self._budget = budget
        self.reserved_bytes = 0

    def reserve(self, count: int) -> None:
        """Reserve more bytes; this never fails, see `exceeds_budget`."""
        self.reserved_bytes += count
        self._budget.reserved_bytes += count

    def release(self, count: int | None = None) -> None:
        """Release some of the bytes, or all of them."""
        self.reserve(-self.reserved_bytes if count is None else -count)

    def exceeds_budget(self) -> bool:
        """Say whether the other connections use the whole budget and this one more than is guaranteed.

        One connection alone never exceeds the budget.
        """
        others_bytes = self._budget.reserved_bytes - self.reserved_bytes
        return others_bytes > MAX_SHARED_BYTES and self.reserved_bytes > GUARANTEED_BYTES


class Connection(Protocol):
    """What the limits need to know of a connection."""

    unread: Reservation
    # In the order in which the connections were accepted.
    number: int

    def is_disconnected(self) -> bool:
        """Say whether the connection is closed, or closes without further input from the client."""

    def waiting_since(self) -> float:
        """Give the time since when the server waits for the client; infinity if it does not wait."""

    def disconnect(self, reason: RequestRefused) -> None:
        """Close the connection; a client that has begun a request gets the reason as its response."""


def enforce_connection_limit(connections: Collection[Connection], new: Connection) -> None:
    """If too many connections are open, close the ones that have waited longest for their clients.

    The new connection stays open, and so does every connection that the server still answers.
    """
    limit = max_connections()
    if len(connections) <= limit:
        return
    others = [one for one in connections if one is not new and not one.is_disconnected()]
    if len(others) >= limit:
        disconnect_longest_waiting(others, f"More than {limit} connections are open")


def enforce_unread_limit(connections: Collection[Connection]) -> None:
    """If unread responses use too much memory, close the connections that have waited longest."""
    if UNREAD_BUDGET.reserved_bytes > MAX_SHARED_BYTES:
        unread = [one for one in connections if one.unread.reserved_bytes]
        disconnect_longest_waiting(unread, f"More than {MAX_SHARED_BYTES} bytes of responses are unread")


def disconnect_longest_waiting(connections: Iterable[Connection], reason: str) -> None:
    """Close DISCONNECTED_SHARE of the connections that wait: those that wait longest, at least one."""
    waiting = [(since, one.number, one) for one in connections if (since := one.waiting_since()) < inf]
    longest = nsmallest(ceil(len(waiting) * DISCONNECTED_SHARE), waiting)
    if longest:
        logger.warning("%s; %d connections that wait for their clients are closed.", reason, len(longest))
    for *_, connection in longest:
        connection.disconnect(Overloaded(f"{reason}; try again later."))


def max_connections() -> int:
    """Give how many connections may be open, from the process's current limit of open files."""
    descriptors, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if descriptors == resource.RLIM_INFINITY:
        return MAX_CONNECTIONS
    return min(MAX_CONNECTIONS, max(descriptors - RESERVED_DESCRIPTORS, descriptors // 4))

"""Waits until a server has accepted and read everything that clients have sent to its port."""

import time
from pathlib import Path

from tests.support.servers.processes import soon

# Linux lists here the unread bytes of every connection, and the pending connections of every listener.
TABLE = Path("/proc/net/tcp")
# Other systems have no such table.
SECONDS_WITHOUT_TABLE = 0.5


def wait_until_received(port):
    """Wait until the server has accepted every connection and read everything that was sent."""
    if TABLE.exists():
        assert soon(lambda: not has_pending_data(port)), "the server does not read what was sent"
    else:
        time.sleep(SECONDS_WITHOUT_TABLE)


def has_pending_data(port):
    """Say whether connections of a port wait to be accepted, or their bytes to be read."""
    queues = [line.split()[1:5:3] for line in TABLE.read_text().splitlines()[1:]]
    return any(
        int(address.rpartition(":")[2], 16) == port and int(queue.rpartition(":")[2], 16)
        for address, queue in queues
    )

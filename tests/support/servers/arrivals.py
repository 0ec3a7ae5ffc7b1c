"""What has come to a server's port and been taken in: what is still on its way is none of its affairs."""

import time
from pathlib import Path

from tests.support.servers.processes import soon

# Linux tells here what every connection has not read, and how many wait to be let in.
TABLE = Path("/proc/net/tcp")
# Elsewhere, nobody can say.
WITHOUT_SECONDS = 0.5


def wait_until_taken_in(port):
    """Wait until the server has let in everybody who connected, and has read all that they sent."""
    if TABLE.exists():
        assert soon(lambda: not is_anything_left(port)), "the server does not read what was sent"
    else:
        time.sleep(WITHOUT_SECONDS)


def is_anything_left(port):
    """Say whether anything waits at a port in the system, to be let in or to be read."""
    queues = [line.split()[1:5:3] for line in TABLE.read_text().splitlines()[1:]]
    return any(
        int(address.rpartition(":")[2], 16) == port and int(queue.rpartition(":")[2], 16)
        for address, queue in queues
    )

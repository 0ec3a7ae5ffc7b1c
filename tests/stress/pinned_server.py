"""A server pinned to one core, for measurements of latency."""

import os
import time
from contextlib import contextmanager
from pathlib import Path

from tests.support.repository import MODELS
from tests.support.servers.processes import free_port, running


class PinnedServer:
    """A server on its own core; other programs may still use that core."""

    def __init__(self, port, pid):
        self.port = port
        self._schedstat = Path(f"/proc/{pid}/schedstat")
        self._started, self._waited_before = time.monotonic(), self._waited_seconds()

    def describe_wait(self):
        """Give the share of the time since the start in which the server was ready to run and had no core."""
        if not self._schedstat.exists():
            return "the wait for the core is unknown"
        waited = self._waited_seconds() - self._waited_before
        return f"waited for its core {100 * waited / (time.monotonic() - self._started):.0f} % of the time"

    def _waited_seconds(self):
        # The second number is the time that the main thread, which does all the work, waited in a run queue.
        return int(self._schedstat.read_text().split()[1]) / 1e9 if self._schedstat.exists() else 0


@contextmanager
def running_pinned(**variables):
    """Run a server on the first core, and this process on the other cores if there are any."""
    port, cores = free_port(), os.sched_getaffinity(0)
    with running(MODELS, port, **variables) as server:
        first, *others = sorted(cores)
        if others:
            os.sched_setaffinity(server.pid, {first})
            os.sched_setaffinity(0, others)
        try:
            yield PinnedServer(port, server.pid)
        finally:
            os.sched_setaffinity(0, cores)

"""The models that the repository ships, and the server whose latency is measured."""

import os
import time
from contextlib import contextmanager
from pathlib import Path

from tests.support.servers.processes import free_port, running

MODELS = Path(__file__).parents[2] / "models"


class Apart:
    """A server that has a core to itself, as far as other programs leave it one."""

    def __init__(self, port, process):
        self.port = port
        self._clock = Path(f"/proc/{process}/schedstat")
        self._started, self._lacked_before = time.monotonic(), self._lacked_seconds()

    def disturbance(self):
        """Say for how much of its time since it was ready it had work to do, and no core to do it on."""
        if not self._clock.exists():
            return "nobody knows whether it had its core"
        lacked = self._lacked_seconds() - self._lacked_before
        return f"others had its core {100 * lacked / (time.monotonic() - self._started):.0f} % of the time"

    def _lacked_seconds(self):
        # Its second number is what the main thread, which does all the work, has waited in a run queue.
        return int(self._clock.read_text().split()[1]) / 1e9 if self._clock.exists() else 0


@contextmanager
def running_apart(**variables):
    """Run a server on one core, and everything else of this process on the others, if there are any."""
    port, cores = free_port(), os.sched_getaffinity(0)
    with running(MODELS, port, **variables) as server:
        first, *others = sorted(cores)
        if others:
            os.sched_setaffinity(server.pid, {first})
            os.sched_setaffinity(0, others)
        try:
            yield Apart(port, server.pid)
        finally:
            os.sched_setaffinity(0, cores)

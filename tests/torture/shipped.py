"""The models that the repository ships, and the server whose latency is measured."""

import os
from contextlib import contextmanager
from pathlib import Path

from tests.processes import free_port, running

MODELS = Path(__file__).parents[2] / "models"


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
            yield port
        finally:
            os.sched_setaffinity(0, cores)

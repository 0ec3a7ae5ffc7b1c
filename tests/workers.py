"""A server with two workers, one of which can be killed or stopped."""

import os
import signal
from contextlib import contextmanager

from tests.processes import answers, find_workers, running, soon


@contextmanager
def two_workers(models, port, **variables):
    with running(models, port, "--workers", 2, **variables) as process:
        assert soon(lambda: len(find_workers(process)) == 2, 5)
        assert all(answers_without(worker, port) for worker in find_workers(process))
        yield process


def kill_a_worker(process):
    """Kill one of two workers; give the other."""
    killed, other = find_workers(process)
    os.kill(killed, signal.SIGKILL)
    return other


def answers_without(worker, port):
    """Say whether the server answers within ten seconds while one of its workers is stopped."""
    os.kill(worker, signal.SIGSTOP)
    try:
        return soon(lambda: answers(port), 10)
    finally:
        os.kill(worker, signal.SIGCONT)

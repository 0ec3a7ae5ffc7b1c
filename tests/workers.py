"""A server with two workers, one of which can be killed, stopped, or held up where it starts."""

import os
import signal
import subprocess
import sys
from contextlib import contextmanager

import pytest

from tests.processes import answers, command, find_workers, running_command, soon

# The server, but for the time that a worker has until it serves.
IMPATIENT = [
    sys.executable,
    "-c",
    "from app import __main__ as program; program.WORKER_HEALTHCHECK_SECONDS = 6; program.main()",
]
# Python runs a `sitecustomize` of its path before anything else.
HOLD_UP = """
import sys, time
from pathlib import Path

class HoldUp:
    def find_spec(self, name, path=None, target=None):
        while name == "app.main" and Path({flag!r}).exists():
            time.sleep(0.05)

sys.meta_path.insert(0, HoldUp())
"""
HANG_WHEN_TOLD = """
import signal, time
signal.signal(signal.SIGUSR1, lambda *_: time.sleep(60))
"""
# Who is traced and killed is not gone before its tracer is (PTRACE_SEIZE).
TRACE = """
import ctypes, sys, time
print(ctypes.CDLL(None).ptrace(0x4206, int(sys.argv[1]), None, None), flush=True)
time.sleep(60)
"""


@contextmanager
def two_workers(models, port, program=None, **variables):
    arguments = [*(program or command()), "--port", str(port), "--workers", "2"]
    with running_command(arguments, models, port, **variables) as process:
        assert soon(lambda: len(find_workers(process)) == 2, 5)
        assert all(answers_without(worker, port) for worker in find_workers(process))
        yield process


def held_up_by(flag):
    """Give the variables of a server whose workers hang where they start, for as long as a file is there."""
    return customized(flag.parent, HOLD_UP.format(flag=str(flag)))


def hung_by_sigusr1(folder):
    """Give the variables of a server whose processes do nothing for a minute after SIGUSR1."""
    return customized(folder, HANG_WHEN_TOLD)


def customized(folder, program):
    (folder / "sitecustomize.py").write_text(program)
    return {"PYTHONPATH": os.pathsep.join(filter(None, [str(folder), os.environ.get("PYTHONPATH")]))}


@contextmanager
def kept_from_dying(worker):
    """Keep a process that is killed from being gone, as one is that the kernel waits for."""
    arguments = [sys.executable, "-c", TRACE, str(worker)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as tracer:
        try:
            assert tracer.stdout
            if tracer.stdout.readline() != "0\n":
                pytest.skip("this machine lets nobody trace a process")
            yield
        finally:
            tracer.kill()


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

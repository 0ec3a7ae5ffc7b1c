"""A server with two workers, one of which can be killed, stopped, or held up where it starts."""

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.servers.processes import answers, command, find_workers, running_command, soon

# The server, but for the time that a worker has until it serves.
IMPATIENT = [
    sys.executable,
    "-c",
    (
        "from app import __main__ as program; from app.server import startup; "
        "startup.WORKER_STARTUP_SECONDS = 6; program.main()"
    ),
]
# Python runs a `sitecustomize` of its path before anything else; the one that starts workers goes on.
HOLD_UP = """
import sys, time
from pathlib import Path

class HoldUp:
    def find_spec(self, name, path=None, target=None):
        while name == "app.main" and Path({flag!r}).exists():
            time.sleep(0.05)

if any("spawn_main" in word for word in sys.orig_argv):
    sys.meta_path.insert(0, HoldUp())
"""
HANG_WHEN_TOLD = """
import signal, time
signal.signal(signal.SIGUSR1, lambda *_: time.sleep(60))
"""
# So long a worker may be stopped before anybody misses it, and so long it has then to say that it lives.
STOPPED_SECONDS, BETWEEN_SECONDS = 2, 0.2
# Who is traced and killed is not gone before its tracer is (PTRACE_SEIZE).
TRACE = """
import ctypes, sys, time
print(ctypes.CDLL(None).ptrace(0x4206, int(sys.argv[1]), None, None), flush=True)
time.sleep(300)
"""


@contextmanager
def two_workers(models, port, program=None, **variables):
    arguments = [*(program or command()), "--port", str(port), "--workers", "2"]
    with running_command(arguments, models, port, **variables) as process:
        assert soon(lambda: len(find_workers(process)) == 2)
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
    """Kill one of two workers; once it is gone, give the other."""
    killed, other = find_workers(process)
    os.kill(killed, signal.SIGKILL)
    assert soon(lambda: killed not in find_workers(process))
    return other


def answers_without(worker, port):
    """Say whether the server soon answers while one of its workers is stopped.

    It is stopped again and again rather than for long: one that is silent for five seconds is replaced.
    """
    return soon(lambda: answers_while_stopped(worker, port), 10)


def answers_while_stopped(worker, port):
    os.kill(worker, signal.SIGSTOP)
    try:
        return is_soon_stopped(worker) and answers(port, STOPPED_SECONDS)
    finally:
        os.kill(worker, signal.SIGCONT)
        time.sleep(BETWEEN_SECONDS)


def is_soon_stopped(worker):
    status = Path(f"/proc/{worker}/stat")
    return soon(lambda: status.read_text().rpartition(")")[2].split()[0] == "T", STOPPED_SECONDS)


def is_heard_of_all(process):
    """Say whether the supervisor soon has heard from each of two workers that it serves.

    Told to have one worker more and then one less, it lets none go before it has heard from two others.
    """
    process.send_signal(signal.SIGTTIN)
    has_one_more = soon(lambda: len(find_workers(process)) == 3)
    process.send_signal(signal.SIGTTOU)
    return has_one_more and soon(lambda: len(find_workers(process)) == 2)

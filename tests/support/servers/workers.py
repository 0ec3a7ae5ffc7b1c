"""Runs a server with two workers, and kills, stops or blocks one of them."""

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.servers.processes import answers, command, find_workers, running_command, soon

# The server with a shorter time for the start of a worker.
SHORT_STARTUP_TIMEOUT = [
    sys.executable,
    "-c",
    (
        "from app import __main__ as program; from app.server import startup; "
        "startup.WORKER_STARTUP_SECONDS = 6; program.main()"
    ),
]
# Python runs the `sitecustomize` on its path before anything else. The supervisor is not blocked.
BLOCK_STARTUP = """
import sys, time
from pathlib import Path

class BlockImport:
    def find_spec(self, name, path=None, target=None):
        while name == "app.main" and Path({flag!r}).exists():
            time.sleep(0.05)

if any("spawn_main" in word for word in sys.orig_argv):
    sys.meta_path.insert(0, BlockImport())
"""
BLOCK_ON_SIGUSR1 = """
import signal, time
signal.signal(signal.SIGUSR1, lambda *_: time.sleep(60))
"""
# A worker that is stopped for this long, and then runs for this long, is not replaced.
STOPPED_SECONDS, RUNNING_SECONDS = 2, 0.2
# A traced process that is killed stays until its tracer ends (PTRACE_SEIZE).
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


def block_startup_while(flag):
    """Give environment variables with which workers block at their start while the file `flag` exists."""
    return with_sitecustomize(flag.parent, BLOCK_STARTUP.format(flag=str(flag)))


def block_on_sigusr1(folder):
    """Give environment variables with which processes block for a minute after SIGUSR1."""
    return with_sitecustomize(folder, BLOCK_ON_SIGUSR1)


def with_sitecustomize(folder, program):
    (folder / "sitecustomize.py").write_text(program)
    return {"PYTHONPATH": os.pathsep.join(filter(None, [str(folder), os.environ.get("PYTHONPATH")]))}


@contextmanager
def unkillable(worker):
    """Keep a killed process from ending in this context, as a hanging file system would."""
    arguments = [sys.executable, "-c", TRACE, str(worker)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as tracer:
        try:
            assert tracer.stdout
            if tracer.stdout.readline() != "0\n":
                pytest.skip("this machine allows no tracing of processes")
            yield
        finally:
            tracer.kill()


def kill_a_worker(process):
    """Kill one of two workers, wait until it has ended, and give the other."""
    killed, other = find_workers(process)
    os.kill(killed, signal.SIGKILL)
    assert soon(lambda: killed not in find_workers(process))
    return other


def answers_without(worker, port):
    """Say whether the server soon answers while one of its workers is stopped.

    The worker is stopped repeatedly and briefly, because it would be replaced after five seconds.
    """
    return soon(lambda: answers_while_stopped(worker, port), 10)


def answers_while_stopped(worker, port):
    os.kill(worker, signal.SIGSTOP)
    try:
        return is_soon_stopped(worker) and answers(port, STOPPED_SECONDS)
    finally:
        os.kill(worker, signal.SIGCONT)
        time.sleep(RUNNING_SECONDS)


def is_soon_stopped(worker):
    status = Path(f"/proc/{worker}/stat")
    return soon(lambda: status.read_text().rpartition(")")[2].split()[0] == "T", STOPPED_SECONDS)


def all_workers_respond(process):
    """Say whether the supervisor soon has a response from each of two workers.

    After SIGTTIN and SIGTTOU it terminates a worker only once two others have responded.
    """
    process.send_signal(signal.SIGTTIN)
    has_one_more = soon(lambda: len(find_workers(process)) == 3)
    process.send_signal(signal.SIGTTOU)
    return has_one_more and soon(lambda: len(find_workers(process)) == 2)

"""Starts real servers as processes, sends requests to them, and always ends them."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.support.payloads import LEFT_OUT

ROOT = Path(__file__).parents[3]
HOST = "127.0.0.1"
START_SECONDS = 30
# How long a test waits unless it says otherwise.
TIMEOUT_SECONDS = 5
# A setting for a time that must not end before TIMEOUT_SECONDS.
LONG_SECONDS = "120"
JSON = {"Content-Type": "application/json"}


def environment(models, **variables):
    return {**os.environ, "APP_MODELS_DIR": str(models), **variables}


def command(*flags):
    return [sys.executable, "-m", "app", *map(str, flags)]


def run_to_its_end(arguments, models, **variables):
    return subprocess.run(
        arguments,
        cwd=ROOT,
        env=environment(models) | variables,
        capture_output=True,
        text=True,
        timeout=START_SECONDS,
        check=False,
    )


def free_port() -> int:
    with socket.create_server((HOST, 0)) as listener:
        return listener.getsockname()[1]


class Process(subprocess.Popen):
    """A server's process. It logs to a file, because a pipe that is not read would block it."""

    def __init__(self, arguments, log, **options):
        self.log_file = log
        super().__init__(arguments, cwd=ROOT, stderr=log, text=True, start_new_session=True, **options)

    def log(self):
        """Give the log without the lines about tasks that this repository does not ship."""
        # The server shares the file offset, so this must not move it.
        file = self.log_file.fileno()
        lines = os.pread(file, os.fstat(file).st_size, 0).decode().splitlines(keepends=True)
        return "".join(line for line in lines if not any(text in line for text in LEFT_OUT))


@contextmanager
def running(models, port, *flags, **variables):
    with running_command(command("--port", port, *flags), models, port, **variables) as process:
        yield process


@contextmanager
def running_command(arguments, models, port, **variables):
    """Run a server, and wait until it is ready."""
    with started(arguments, models, **variables) as process:
        wait_until_ready(process, port)
        yield process


@contextmanager
def started(arguments, models, **variables):
    """Start a server; at the end every process of its session is killed."""
    with tempfile.TemporaryFile("w+") as log:
        process = Process(arguments, log, env=environment(models, **variables))
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def wait_until_ready(process, port):
    is_up = soon(lambda: process.poll() is not None or answers(port), START_SECONDS)
    assert is_up, "the server did not become ready"
    assert process.poll() is None, "the server ended"


def answers(port, seconds=5):
    with suppress(OSError):
        ask(port, "/health/ready", seconds=seconds)
        return True
    return False


def end(process, seconds=10):
    """Send SIGTERM to a server; give its exit status, its log, and how many seconds it took to end."""
    started = time.monotonic()
    process.send_signal(signal.SIGTERM)
    status = process.wait(timeout=seconds)
    return status, process.log(), time.monotonic() - started


@contextmanager
def stopped(process):
    """Stop a server in this context, so that only the kernel accepts connections and data."""
    os.killpg(process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.killpg(process.pid, signal.SIGCONT)


def soon(condition, seconds=TIMEOUT_SECONDS):
    """Say whether a condition becomes true within some seconds."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def ask(port, path, row=None, seconds=TIMEOUT_SECONDS):
    request = urllib.request.Request(
        f"http://{HOST}:{port}{path}", data=None if row is None else json.dumps(row).encode(), headers=JSON
    )
    with urllib.request.urlopen(request, timeout=seconds) as answer:  # noqa: S310 (always loopback)
        return json.load(answer)


def all_processes_end(group):
    """Say whether all processes of a group end soon."""

    def are_gone():
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        return False

    return soon(are_gone)


def find_processes(group):
    """Give the running processes of a group, and the parent of each; Linux only."""
    found = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, parent, its_group = path.read_text().rpartition(")")[2].split()[:3]
            if int(its_group) == group and state not in "ZX":
                found[int(path.parent.name)] = int(parent)
    return found


def find_workers(process):
    """Give the worker processes of a server; Linux only."""
    children = [number for number, parent in find_processes(process.pid).items() if parent == process.pid]
    return [number for number in children if b"spawn_main" in read_command(number)]


def read_command(number):
    """Give the command line of a process; nothing if it has just ended."""
    with suppress(OSError):
        return Path(f"/proc/{number}/cmdline").read_bytes()
    return b""


class Stalled:
    """A client that has sent `sent_bytes` of a request, or else its head and one byte of its body."""

    def __init__(self, port, path, row, sent_bytes=None):
        body = json.dumps(row).encode()
        self._socket = socket.create_connection((HOST, port), timeout=10)
        head = f"POST {path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
        request = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
        sent_bytes = sent_bytes or len(request) - len(body) + 1
        self._socket.sendall(request[:sent_bytes])
        self._rest = request[sent_bytes:]

    def finish(self):
        """Send the rest; give everything received until the server closes the connection."""
        self._socket.sendall(self._rest)
        return self.read()

    def read(self):
        received = b""
        with suppress(ConnectionResetError):
            while piece := self._socket.recv(65536):
                received += piece
        return received

    def close(self):
        self._socket.close()

"""Real servers in processes of their own: started, asked, put under load, and surely ended."""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path

ROOT = Path(__file__).parents[1]
HOST = "127.0.0.1"
START_SECONDS = 30
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
    """A server's process; what it logs goes to a file, for a pipe that nobody reads would hold it up."""

    def __init__(self, arguments, log, **options):
        self.log_file = log
        super().__init__(arguments, cwd=ROOT, stderr=log, text=True, start_new_session=True, **options)

    def log(self):
        self.log_file.seek(0)
        return self.log_file.read()


@contextmanager
def running(models, port, *flags, **variables):
    with running_command(command("--port", port, *flags), models, port, **variables) as process:
        yield process


@contextmanager
def running_command(arguments, models, port, **variables):
    """Run a server from its readiness on; at the end every process of its session is killed."""
    with tempfile.TemporaryFile("w+") as log:
        process = Process(arguments, log, env=environment(models, **variables))
        try:
            wait_until_ready(process, port)
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def wait_until_ready(process, port):
    is_up = soon(lambda: process.poll() is not None or answers(port), START_SECONDS)
    assert is_up, "the server did not become ready"
    assert process.poll() is None, "the server ended"


def answers(port):
    with suppress(OSError):
        ask(port, "/health/ready")
        return True
    return False


def end(process, seconds=10):
    """Tell a server to stop; give its exit status, all that it logged, and how long it took."""
    started = time.monotonic()
    process.send_signal(signal.SIGTERM)
    status = process.wait(timeout=seconds)
    return status, process.log(), time.monotonic() - started


@contextmanager
def stopped(process):
    """Let it do nothing meanwhile, so that the kernel alone takes in who connects and what is sent."""
    os.killpg(process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.killpg(process.pid, signal.SIGCONT)


def soon(holds, seconds):
    """Say whether something comes to hold within some seconds."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def ask(port, path, row=None):
    request = urllib.request.Request(
        f"http://{HOST}:{port}{path}", data=None if row is None else json.dumps(row).encode(), headers=JSON
    )
    with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310 (always loopback)
        return json.load(answer)


def is_soon_empty(group):
    def is_empty():
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        return False

    return soon(is_empty, 5)


def find_processes(group):
    """Give the processes of a group that live, and the parent of each; Linux only."""
    found = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, parent, its_group = path.read_text().rpartition(")")[2].split()[:3]
            if int(its_group) == group and state not in "ZX":
                found[int(path.parent.name)] = int(parent)
    return found


def find_workers(process):
    """Give the processes that answer for a server with several; Linux only."""
    children = [number for number, parent in find_processes(process.pid).items() if parent == process.pid]
    return [number for number in children if b"spawn_main" in read_command(number)]


def read_command(number):
    """Give the command line of a process; nothing where it has just ended."""
    with suppress(OSError):
        return Path(f"/proc/{number}/cmdline").read_bytes()
    return b""


class Load:
    """Asks for one path in a loop from several threads, and keeps count of what became of it.

    `lost` has every request that was sent and not answered. A connection that was refused is no
    request; nor is a kept one sent anything once it has been closed, as with every good client.
    Use it as a context: it asks until it is left, each thread with a pause after every answer.
    """

    def __init__(self, port, path, row, *, threads=4, keeps_connections=True, pause_seconds=0.0):
        self.bodies = []
        self.statuses = []
        self.lost = []
        self.refused = 0
        self._target = (HOST, port, path, json.dumps(row).encode())
        self._keeps = keeps_connections
        self._pause_seconds = pause_seconds
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=self._ask_on) for _ in range(threads)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_trouble):
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def _ask_on(self):
        while not self._ended.is_set():
            connection = HTTPConnection(*self._target[:2], timeout=5)
            try:
                connection.connect()
            except OSError:
                self.refused += 1
                time.sleep(0.01)
                continue
            with suppress(OSError, HTTPException):
                self._ask_through(connection)
            connection.close()

    def _ask_through(self, connection):
        *_, path, body = self._target
        while not self._ended.is_set() and is_open(connection.sock):
            try:
                connection.request("POST", path, body, JSON)
                answer = connection.getresponse()
                content = answer.read()
            except (OSError, HTTPException) as trouble:
                self.lost.append(repr(trouble))
                raise
            self.statuses.append(answer.status)
            self.bodies.append(content)
            time.sleep(self._pause_seconds)
            if not self._keeps:
                return


def is_open(connected):
    return connected is not None and not select.select([connected], [], [], 0)[0]


class Stalled:
    """A client that has sent the first `part` bytes of a request, or its head and one byte of its body."""

    def __init__(self, port, path, row, part=None):
        body = json.dumps(row).encode()
        self._socket = socket.create_connection((HOST, port), timeout=10)
        head = f"POST {path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
        whole = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
        part = part or len(whole) - len(body) + 1
        self._socket.sendall(whole[:part])
        self._rest = whole[part:]

    def finish(self):
        """Send the rest; give all that comes until the server closes the connection."""
        self._socket.sendall(self._rest)
        return self.read()

    def read(self):
        received = b""
        with suppress(ConnectionResetError):
            while part := self._socket.recv(65536):
                received += part
        return received

    def close(self):
        self._socket.close()

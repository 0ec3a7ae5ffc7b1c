"""Start a server on given cores, wait until it answers, and stop all of its processes."""

import http.client
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO, Any

from benchmarks.errors import Unavailable
from benchmarks.launch.processes import MARK, find_processes, kill
from benchmarks.workload import ROOT, ROW, probability_of

HOST = "127.0.0.1"
START_SECONDS = 90
STOP_SECONDS = 15
REQUEST_SECONDS = 10
POLL_SECONDS = 0.005

ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")


@dataclass(frozen=True)
class ServerSpec:
    """How to start a server and send it a row; `{port}` in command and environment becomes its port."""

    name: str
    command: Sequence[str]
    path: str
    batch_path: str | None = None
    ready_path: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    wrap: Callable[[dict[str, Any]], object] = dict
    probability: Callable[[Any], float] = probability_of
    python: str = sys.executable

    def body(self) -> bytes:
        """Return the request body for the benchmark row."""
        return json.dumps(self.wrap(ROW)).encode()


@dataclass(frozen=True)
class Server:
    """A running server."""

    spec: ServerSpec
    port: int
    mark: str
    seconds_to_ready: float

    @property
    def url(self) -> str:
        """The address that predicts one row."""
        return f"http://{HOST}:{self.port}{self.spec.path}"

    @property
    def batch_url(self) -> str:
        """The address that predicts many rows."""
        return f"http://{HOST}:{self.port}{self.spec.batch_path}"

    def predict(self) -> bytes:
        """Send the benchmark row; return the body of the response."""
        status, content = _request(self.port, "POST", self.spec.path, self.spec.body())
        if status != http.HTTPStatus.OK:
            raise Unavailable(f"{self.spec.name} answers {status}")
        return content

    def probability(self) -> float:
        """Send the benchmark row; return the probability in the response."""
        return self.spec.probability(json.loads(self.predict()))

    def processes(self) -> list[int]:
        """Return the ids of all processes of the server."""
        return find_processes(self.mark)


@contextmanager
def running(
    spec: ServerSpec, cores: Sequence[int], extra: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """Run a server on these cores inside the block; raise Unavailable with its last log line if it fails."""
    port, mark = free_port(), secrets.token_hex(8)
    with tempfile.TemporaryFile() as log:
        started = time.perf_counter()
        process = _start(spec, cores, port, {**(extra or {}), MARK: mark}, log)
        try:
            _wait_until_ready(spec, process, port, log)
            yield Server(spec, port, mark, time.perf_counter() - started)
        finally:
            _stop(process, mark)


def free_port() -> int:
    """Find an unused port."""
    with socket.create_server((HOST, 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _start(
    spec: ServerSpec, cores: Sequence[int], port: int, extra: Mapping[str, str], log: IO[bytes]
) -> subprocess.Popen[bytes]:
    pinned = ["taskset", "-c", ",".join(map(str, cores)), spec.python]
    command = pinned + [part.replace("{port}", str(port)) for part in spec.command]
    given = {name: text.replace("{port}", str(port)) for name, text in spec.environment.items()}
    inherited = {name: text for name, text in os.environ.items() if not name.startswith("APP_")}
    environment = inherited | ONE_THREAD | {"PYTHONPATH": str(ROOT)} | given | dict(extra)
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True
    )


def _wait_until_ready(spec: ServerSpec, process: subprocess.Popen[bytes], port: int, log: IO[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not _is_ready(spec, port):
        if process.poll() is not None or time.monotonic() > deadline:
            raise Unavailable(f"{spec.name} did not start: {_last_log_line(log)}")
        time.sleep(POLL_SECONDS)


def _is_ready(spec: ServerSpec, port: int) -> bool:
    try:
        if spec.ready_path:
            status, _ = _request(port, "GET", spec.ready_path)
        else:
            status, _ = _request(port, "POST", spec.path, spec.body())
    except (OSError, http.client.HTTPException):
        return False
    return status == http.HTTPStatus.OK


def _request(port: int, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(HOST, port, timeout=REQUEST_SECONDS)
    try:
        connection.request(method, path, body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def _last_log_line(log: IO[bytes]) -> str:
    log.seek(0)
    lines = log.read().decode(errors="replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "its log is empty")


def _stop(process: subprocess.Popen[bytes], mark: str) -> None:
    """Send SIGTERM, and kill the processes that remain after STOP_SECONDS."""
    process.send_signal(signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
    while remaining := find_processes(mark):
        for pid in remaining:
            kill(pid)
        process.poll()
        time.sleep(POLL_SECONDS)

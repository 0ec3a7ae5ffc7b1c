"""Servers: started on one core of this machine, asked until they answer, and stopped for certain."""

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

from benchmarks.case import ROOT, ROW, probability_of
from benchmarks.launch.processes import MARK, find_processes, kill
from benchmarks.trouble import Unavailable

HOST = "127.0.0.1"
START_SECONDS = 90
STOP_SECONDS = 15
ASK_SECONDS = 10
RESTART_DELAY_SECONDS = 0.005

ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")


@dataclass(frozen=True)
class Contender:
    """How to start a server, and how it is asked; `{port}` in command or environment becomes its port."""

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
        """Give the request for the one row that everybody is asked."""
        return json.dumps(self.wrap(ROW)).encode()


@dataclass(frozen=True)
class Server:
    """A running server."""

    contender: Contender
    port: int
    mark: str
    seconds_to_ready: float

    @property
    def url(self) -> str:
        """Give the address that answers one row."""
        return f"http://{HOST}:{self.port}{self.contender.path}"

    @property
    def batch_url(self) -> str:
        """Give the address that answers many rows."""
        return f"http://{HOST}:{self.port}{self.contender.batch_path}"

    def ask(self) -> bytes:
        """Ask for the one row, and give the answer's bytes."""
        status, content = _request(self.port, "POST", self.contender.path, self.contender.body())
        if status != http.HTTPStatus.OK:
            raise Unavailable(f"{self.contender.name} answers {status}")
        return content

    def probability(self) -> float:
        """Ask for the one row, and give the probability in the answer."""
        return self.contender.probability(json.loads(self.ask()))

    def processes(self) -> list[int]:
        """Give the numbers of all its processes."""
        return find_processes(self.mark)


@contextmanager
def running(
    contender: Contender, cores: Sequence[int], extra: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """Run a server on these cores until the block ends; Unavailable with its last words if it cannot."""
    port, mark = free_port(), secrets.token_hex(8)
    with tempfile.TemporaryFile() as log:
        started = time.perf_counter()
        process = _start(contender, cores, port, {**(extra or {}), MARK: mark}, log)
        try:
            _wait_until_ready(contender, process, port, log)
            yield Server(contender, port, mark, time.perf_counter() - started)
        finally:
            _stop(process, mark)


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.create_server((HOST, 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _start(
    contender: Contender, cores: Sequence[int], port: int, extra: Mapping[str, str], log: IO[bytes]
) -> subprocess.Popen[bytes]:
    pinned = ["taskset", "-c", ",".join(map(str, cores)), contender.python]
    command = pinned + [part.replace("{port}", str(port)) for part in contender.command]
    given = {name: text.replace("{port}", str(port)) for name, text in contender.environment.items()}
    inherited = {name: text for name, text in os.environ.items() if not name.startswith("APP_")}
    environment = inherited | ONE_THREAD | {"PYTHONPATH": str(ROOT)} | given | dict(extra)
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True
    )


def _wait_until_ready(
    contender: Contender, process: subprocess.Popen[bytes], port: int, log: IO[bytes]
) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not _is_ready(contender, port):
        if process.poll() is not None or time.monotonic() > deadline:
            raise Unavailable(f"{contender.name} did not start: {_final_response(log)}")
        time.sleep(RESTART_DELAY_SECONDS)


def _is_ready(contender: Contender, port: int) -> bool:
    try:
        if contender.ready_path:
            status, _ = _request(port, "GET", contender.ready_path)
        else:
            status, _ = _request(port, "POST", contender.path, contender.body())
    except (OSError, http.client.HTTPException):
        return False
    return status == http.HTTPStatus.OK


def _request(port: int, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(HOST, port, timeout=ASK_SECONDS)
    try:
        connection.request(method, path, body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def _final_response(log: IO[bytes]) -> str:
    log.seek(0)
    lines = log.read().decode(errors="replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "it said nothing")


def _stop(process: subprocess.Popen[bytes], mark: str) -> None:
    """Ask it to end, and end whatever of it is left after some seconds."""
    process.send_signal(signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        time.sleep(RESTART_DELAY_SECONDS)
    while left := find_processes(mark):
        for number in left:
            kill(number)
        process.poll()
        time.sleep(RESTART_DELAY_SECONDS)

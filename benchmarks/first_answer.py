"""The time from a new CSV file to the first answer of its model: `python -m benchmarks.first_answer`.

A table of 5,000 rows and 40 columns is made up. Then a task and a recipe are written for it, a model is
trained, a server is started, and the example row is predicted, each by the command that a user runs.
"""

import http.client
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.generated_table import IDENTIFIER, TARGET, write_generated_table
from benchmarks.launch.servers import HOST, free_port
from benchmarks.workload import ROOT
from predictor.tasks import find_tasks

TASK = "generated"
GOAL_SECONDS = 60
POLL_SECONDS = 0.05
START_SECONDS = 60


def main() -> int:
    """Run every step and print its time; the status is 1 where a step fails."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        data = write_generated_table(folder / "generated.csv")
        started = time.perf_counter()
        try:
            answer = take_steps(folder, data)
        except subprocess.CalledProcessError as error:
            sys.stderr.write(error.stderr)
            return 1
        seconds = time.perf_counter() - started
    sys.stdout.write(f"{json.dumps(answer)}\n")
    sys.stdout.write(
        f"{seconds:.1f} s from the CSV file to the first answer; the goal is {GOAL_SECONDS} s.\n"
    )
    used = os.times()
    processor = used.children_user + used.children_system
    sys.stdout.write(f"{processor:.1f} s of it on a processor.\n")
    return 0


def take_steps(folder: Path, data: Path) -> object:
    """Run the commands, and give the answer of the server."""
    tasks, models = folder / "own", folder / "models"
    known = ("--data", str(data), "--tasks", str(tasks))
    _run("new", TASK, "--target", TARGET, "--id", IDENTIFIER, *known)
    _run(TASK, "--out", str(models), *known)
    variables = {"APP_TASKS": str(tasks), "APP_MODELS_DIR": str(models)}
    example = find_tasks([str(tasks)])[TASK].features.example
    with _timed("first answer"), _server(variables) as port:
        _wait_until_ready(port)
        return json.loads(_call(port, f"/predict/{TASK}", json.dumps(example).encode()))


def _run(*arguments: str) -> None:
    with _timed(f"python -m training {' '.join(arguments[:2]) if arguments[0] == 'new' else arguments[0]}"):
        subprocess.run(
            [sys.executable, "-m", "training", *arguments],
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
        )


@contextmanager
def _timed(step: str) -> Iterator[None]:
    started = time.perf_counter()
    yield
    sys.stdout.write(f"{step}: {time.perf_counter() - started:.1f} s\n")
    sys.stdout.flush()


@contextmanager
def _server(variables: dict[str, str]) -> Iterator[int]:
    port = free_port()
    others = {name: text for name, text in os.environ.items() if not name.startswith("APP_")}
    command = [sys.executable, "-m", "app", "--port", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, env=others | variables, stderr=subprocess.DEVNULL)
    try:
        yield port
    finally:
        process.terminate()
        process.wait()


def _wait_until_ready(port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            _call(port, "/health/ready")
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(POLL_SECONDS)
        else:
            return


def _call(port: int, path: str, body: bytes | None = None) -> bytes:
    connection = http.client.HTTPConnection(HOST, port, timeout=START_SECONDS)
    try:
        headers = {"Content-Type": "application/json"}
        connection.request("GET" if body is None else "POST", path, body, headers)
        return connection.getresponse().read()
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(main())

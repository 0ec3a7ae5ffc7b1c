"""A real server process, as `make serve` starts one."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager, suppress
from pathlib import Path

ROOT = Path(__file__).parents[1]
START_SECONDS = 30


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


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


@contextmanager
def running(models, port, *flags, log=subprocess.PIPE, **variables):
    """Run a server, which logs to `log`, until it is ready, and end it at last."""
    process = subprocess.Popen(
        command("--port", port, *flags),
        cwd=ROOT,
        env=environment(models, **variables),
        stderr=log,
        text=True,
        start_new_session=True,
    )
    try:
        wait_until_ready(process, port)
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def wait_until_ready(process, port):
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            ask(port, "/health/ready")
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("the server did not become ready")


def ask(port, path, row=None):
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}",
        data=None if row is None else json.dumps(row).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310 (always loopback)
        return json.load(answer)

"""`make serve` as in the README."""

import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from tests.documents.answers import ROOT

MAKE = shutil.which("make") or "make"
START_SECONDS = 30
VENV = ROOT / ".venv"

# Only PATH, so that neither the settings of the server nor the make that runs the tests have an effect.
ENVIRONMENT = {"PATH": os.environ["PATH"]}


def would_install() -> bool:
    """Return whether `make serve` would install packages first."""
    if not VENV.exists() or not VENV.samefile(sys.prefix):
        return True
    command = [MAKE, "--question", f"{VENV.name}/.serving"]
    return (
        subprocess.run(command, cwd=ROOT, env=ENVIRONMENT, capture_output=True, check=False).returncode != 0
    )


@contextmanager
def make_serve(port: int) -> Iterator[None]:
    """Serve on a port inside the block, and stop all processes at its end."""
    process = subprocess.Popen(
        [MAKE, "serve", f"PORT={port}"], cwd=ROOT, env=ENVIRONMENT, start_new_session=True
    )
    try:
        _wait_until_ready(process, port)
        yield
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait_until_ready(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=5).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("`make serve` started no server")

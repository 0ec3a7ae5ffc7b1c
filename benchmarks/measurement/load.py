"""The load generator: wrk, with keep-alive connections from one thread on its own core."""

import json
import os
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.errors import Unavailable

SCRIPT = Path(__file__).with_name("load.lua")
GRACE_SECONDS = 15
LOWEST_PRIORITY = 19


@dataclass(frozen=True)
class Load:
    """The result of one burst of requests."""

    requests: int
    requests_per_second: float
    p99_ms: float


def run_load(url: str, body: bytes, connections: int, seconds: float, cores: Sequence[int]) -> Load:
    """Send the same request repeatedly; raise Unavailable if any response is not a success."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(body)
        file.flush()
        summary = _run_wrk(url, file.name, connections, seconds, cores)
    if summary["failed"] or not summary["requests"]:
        raise Unavailable(f"{summary['failed']} of {summary['requests']} requests to {url} failed")
    return Load(
        requests=summary["requests"],
        requests_per_second=summary["requests"] / summary["microseconds"] * 1e6,
        p99_ms=summary["p99_microseconds"] / 1e3,
    )


def _run_wrk(
    url: str, body_file: str, connections: int, seconds: float, cores: Sequence[int]
) -> dict[str, int]:
    # Where the server and wrk share cores, the server needs the higher priority.
    command = ["taskset", "-c", ",".join(map(str, cores)), "nice", "-n", str(LOWEST_PRIORITY), "wrk"]
    options = ["--threads", "1", "--connections", str(connections), "--duration", f"{round(seconds)}s"]
    options += ["--timeout", "10s", "--script", str(SCRIPT), url, "--", body_file]
    done = subprocess.run(
        command + options,
        check=False,
        capture_output=True,
        text=True,
        timeout=seconds + GRACE_SECONDS,
        env=os.environ | {"LC_ALL": "C"},
    )
    if done.returncode:
        raise Unavailable(f"wrk failed: {done.stderr.strip() or done.stdout.strip()}")
    last_line = done.stdout.strip().rsplit("\n", 1)[-1]
    summary: dict[str, int] = json.loads(last_line)
    return summary

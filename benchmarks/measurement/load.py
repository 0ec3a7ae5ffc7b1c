"""Load: wrk, with keep-alive connections from one thread on a core of its own."""

import json
import os
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.trouble import Unavailable

SCRIPT = Path(__file__).with_name("load.lua")
GRACE_SECONDS = 15
LOWEST_PRIORITY = 19


@dataclass(frozen=True)
class Load:
    """What one burst of requests came to."""

    requests: int
    requests_per_second: float
    p99_ms: float


def press(url: str, body: bytes, connections: int, seconds: float, cores: Sequence[int]) -> Load:
    """Send the same request over and over; Unavailable if a single one is not answered with success."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(body)
        file.flush()
        told = _run_wrk(url, file.name, connections, seconds, cores)
    if told["failed"] or not told["requests"]:
        raise Unavailable(f"{told['failed']} of {told['requests']} requests to {url} failed")
    return Load(
        requests=told["requests"],
        requests_per_second=told["requests"] / told["microseconds"] * 1e6,
        p99_ms=told["p99_microseconds"] / 1e3,
    )


def _run_wrk(
    url: str, body_file: str, connections: int, seconds: float, cores: Sequence[int]
) -> dict[str, int]:
    # Where server and load share cores, the server goes first.
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
    told: dict[str, int] = json.loads(last_line)
    return told

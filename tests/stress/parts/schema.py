"""schemathesis with all of its checks, run on the OpenAPI document of the server."""

import os
import re
import subprocess
import tempfile
from hashlib import sha256
from pathlib import Path

from benchmarks.launch.environments import python_of
from tests.stress.result import Result
from tests.support.repository import MODELS, ROOT
from tests.support.servers.processes import HOST, free_port, running

TOOL = "schemathesis"
KEY = "a key of the stress test"
SEED = 5
MAX_SECONDS = 240

OPTIONS = ["--checks", "all", "--mode", "all", "--phases", "examples,coverage,fuzzing,stateful"]
OPTIONS += ["--seed", str(SEED), "--generation-database", "none", "--request-timeout", "5"]
OPTIONS += ["--max-response-time", "1", "--continue-on-failure", "--no-color"]


def run_schemathesis(profile):
    """Test a server without API keys and a server with them."""
    with tempfile.TemporaryDirectory() as folder:
        keys = Path(folder) / "keys"
        keys.write_text(f"stress {sha256(KEY.encode()).hexdigest()}\n")
        return [
            check_server(profile, "schemathesis, no keys", []),
            check_server(
                profile, "schemathesis, keys", ["-H", f"X-API-Key: {KEY}"], APP_API_KEYS_FILE=str(keys)
            ),
        ]


def check_server(profile, what, options, **variables):
    port, examples = free_port(), profile.examples_per_operation
    with running(MODELS, port, **variables), tempfile.TemporaryDirectory() as folder:
        process = run(port, examples, options, folder)
    passed = re.search(r"(\d+) generated", process.stdout)
    failures = "no failure" if process.returncode == 0 else process.stdout[-2000:]
    return Result(
        what,
        f"{examples} examples per operation, no failure",
        f"{passed[1] if passed else 'no'} cases, {failures}",
        process.returncode == 0,
    )


def run(port, examples, options, folder):
    command = [python_of(TOOL), "-m", "schemathesis.cli", "run", f"http://{HOST}:{port}/openapi.json"]
    command += [*OPTIONS, "--max-examples", str(examples), *options]
    environment = os.environ | {"SCHEMATHESIS_HOOKS": "tests.stress.schema_hooks", "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        command,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=MAX_SECONDS,
        check=False,
    )

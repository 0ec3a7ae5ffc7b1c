"""schemathesis against the server's own OpenAPI document, with every check that it has."""

import os
import re
import subprocess
import tempfile
from hashlib import sha256
from pathlib import Path

from benchmarks.launch.environments import python_of
from tests.stress.figure import Figure
from tests.stress.shipped import MODELS
from tests.support.servers.processes import HOST, ROOT, free_port, running

TOOL = "schemathesis"
KEY = "a key of the stress test"
SEED = 5
MOST_SECONDS = 240

OPTIONS = ["--checks", "all", "--mode", "all", "--phases", "examples,coverage,fuzzing,stateful"]
OPTIONS += ["--seed", str(SEED), "--generation-database", "none", "--request-timeout", "5"]
OPTIONS += ["--max-response-time", "1", "--continue-on-failure", "--no-color"]


def follow_schema(form):
    """Ask a server without keys, and one with them."""
    with tempfile.TemporaryDirectory() as folder:
        keys = Path(folder) / "keys"
        keys.write_text(f"stress {sha256(KEY.encode()).hexdigest()}\n")
        return [
            ask_as_documented(form, "schemathesis, no keys", []),
            ask_as_documented(
                form, "schemathesis, keys", ["-H", f"X-API-Key: {KEY}"], APP_API_KEYS_FILE=str(keys)
            ),
        ]


def ask_as_documented(form, what, options, **variables):
    port = free_port()
    with running(MODELS, port, **variables), tempfile.TemporaryDirectory() as folder:
        told = run(port, form.examples, options, folder)
    passed = re.search(r"(\d+) generated", told.stdout)
    found = f"{passed[1] if passed else 'no'} cases, " + (
        "no failure" if told.returncode == 0 else told.stdout[-2000:]
    )
    return Figure(what, f"{form.examples} examples an operation, no failure", found, told.returncode == 0)


def run(port, examples, options, folder):
    command = [python_of(TOOL), "-m", "schemathesis.cli", "run", f"http://{HOST}:{port}/openapi.json"]
    command += [*OPTIONS, "--max-examples", str(examples), *options]
    hooked = os.environ | {"SCHEMATHESIS_HOOKS": "tests.stress.schema_hooks", "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        command, cwd=folder, env=hooked, capture_output=True, text=True, timeout=MOST_SECONDS, check=False
    )

"""What `make` is told, and by whom."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MAKE = shutil.which("make") or "make"
GIVEN = {"HOST": "localhost", "PORT": "8001", "WORKERS": "2"}


def last_command(target, *variables, **environment):
    """Give what a target would run once everything is installed; nothing else reaches in."""
    plan = subprocess.run(
        [MAKE, "--dry-run", target, *variables],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return plan.stdout.splitlines()[-1].split()


def test_the_command_line_says_where_to_serve():
    command = last_command("serve", *(f"{name}={value}" for name, value in GIVEN.items()))

    assert command[-6:] == ["--host", "localhost", "--port", "8001", "--workers", "2"]


# Some shells have a HOST of their own, and a CI has an ARGS.
@pytest.mark.parametrize("target", ["serve", "test", "bench", "stress"])
def test_the_environment_says_nothing(target):
    environment = GIVEN | {"PARTS": "kills", "ARGS": "--short"}

    assert last_command(target, **environment) == last_command(target)

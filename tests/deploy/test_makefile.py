"""The variables that affect `make`."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MAKE = shutil.which("make") or "make"
GIVEN = {"HOST": "localhost", "PORT": "8001", "WORKERS": "2"}


def last_command(target, *variables, **environment):
    """Return the last command of a target, with only these variables and environment."""
    plan = subprocess.run(
        [MAKE, "--dry-run", target, *variables],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return plan.stdout.splitlines()[-1].split()


def test_the_command_line_sets_host_port_and_workers():
    command = last_command("serve", *(f"{name}={value}" for name, value in GIVEN.items()))

    assert command[-6:] == ["--host", "localhost", "--port", "8001", "--workers", "2"]


# Some shells set HOST, and some CI systems set ARGS.
@pytest.mark.parametrize("target", ["serve", "test", "bench", "stress"])
def test_the_environment_has_no_effect(target):
    environment = GIVEN | {"PARTS": "kills", "ARGS": "--short"}

    assert last_command(target, **environment) == last_command(target)


def test_a_quick_evaluation_leaves_the_page_as_it_is():
    full, quick = (
        last_command("evaluate", "STROKE_CSV=Makefile", f"ARGS={args}") for args in ("", "--quick")
    )

    assert full[-2:] == ["--page", "docs/evaluation.md"]
    assert quick[-1] == "--quick"
    assert "--page" not in quick

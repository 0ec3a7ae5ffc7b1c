"""In a clone with more tasks, trained or not or with a mistake, the tests of the shipped models pass."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from predictor.tasks import find_tasks
from tests.support.artefacts import write_artefact
from tests.support.repository import PACKAGES, ROOT
from tests.support.task_files import RECIPE, replace, task_text, write_file

ADDED = ("added_broken", "added_trained", "added_untrained")

# Tests that list the tasks, or what a server says about them.
AFFECTED = (
    "tests/app/test_surface.py",
    "tests/app/http/test_openapi.py",
    "tests/app/routes/test_health.py",
    "tests/app/routes/test_models.py",
    "tests/predictor/test_task_files.py",
)
IGNORED = shutil.ignore_patterns("__pycache__", "figures")


@pytest.fixture(scope="module")
def clone(tmp_path_factory) -> Path:
    """Give a copy of this repository with three more tasks."""
    clone = tmp_path_factory.mktemp("clone")
    for folder in (*PACKAGES, "tests", "models", "docs", "benchmarks"):
        shutil.copytree(ROOT / folder, clone / folder, ignore=IGNORED)
    for file in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / file, clone)
    for name in ADDED:
        write_file(clone, f"predictor/tasks/{name}.py", task_text(name))
        write_file(clone, f"training/recipes/{name}.py", RECIPE.format(name=name))
    replace(clone / "predictor" / "tasks" / "added_broken.py", "TASK = Task", "TUSK = Task")
    return clone


def test_the_tests_of_the_shipped_models_pass(clone, tmp_path):
    write_file(tmp_path / "mine", "tasks/added_trained.py", task_text("added_trained"))
    write_artefact(clone / "models", find_tasks([str(tmp_path / "mine")])["added_trained"])

    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *AFFECTED],
        cwd=clone,
        env={name: text for name, text in os.environ.items() if not name.startswith("APP_")},
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 0, ended.stdout
    (skipped,) = [line for line in ended.stdout.splitlines() if "added_broken" in line]
    assert re.search(
        r"added_broken\.py, line \d+: it defines no TASK; end it with `TASK = Task\(\.\.\.\)`\.$", skipped
    )

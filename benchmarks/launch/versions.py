"""The measured versions: of the packages, of the packages of peers, of wrk and of this repository."""

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from importlib.metadata import distributions
from importlib.metadata import version as version_of
from pathlib import Path

from benchmarks.launch.environments import FOLDER
from benchmarks.workload import ROOT

PACKAGES = (
    "fastapi",
    "starlette",
    "uvicorn",
    "uvloop",
    "httptools",
    "pydantic",
    "numpy",
    "pandas",
    "scikit-learn",
    "torch",
)
RESULTS = "benchmarks/RESULTS.md"


def describe_versions() -> str:
    """Return the versions of the packages in this environment, of wrk and of this repository."""
    packages = ", ".join(f"{name} {version_of(name)}" for name in PACKAGES)
    commit = find_commit(ROOT)
    return f"{packages}, wrk {_wrk_version()}" + (f"; commit {commit}" if commit else "")


def describe_environments(environments: Mapping[str, Sequence[str]], folder: Path = FOLDER) -> str:
    """Return the versions of the installed packages in the environments of peers, as one sentence."""
    found = [
        f"{name} {version}"
        for environment, packages in environments.items()
        for name, version in _versions_in(folder / environment, packages)
    ]
    return f"In separate environments: {', '.join(found) or 'none'}."


def find_commit(root: Path) -> str:
    """Return the commit of a checkout, with "+ changes" if a file except RESULTS.md differs; "" elsewhere."""
    # Without a .git of its own, git would report the repository that contains the folder.
    if not (root / ".git").exists() or shutil.which("git") is None:
        return ""
    commit = _read("git", "-C", str(root), "rev-parse", "--short", "HEAD")
    changes = _read("git", "-C", str(root), "status", "--porcelain", "--", ".", f":!{RESULTS}")
    return f"{commit} + changes" if commit and changes else commit


def _versions_in(environment: Path, packages: Sequence[str]) -> list[tuple[str, str]]:
    folders = [str(path) for path in environment.glob("lib/python3*/site-packages")]
    found = {each.name.lower(): each.version for each in distributions(path=folders)}
    return [(name, found[name]) for name in packages if name in found]


def _wrk_version() -> str:
    # `wrk -v` prints the version and ends with exit status 1.
    first_line = _run("wrk", "-v").stdout.partition("\n")[0]
    return first_line.removeprefix("wrk ").partition(" [")[0]


def _read(*command: str) -> str:
    done = _run(*command)
    return "" if done.returncode else done.stdout.strip()


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False)

"""Which versions were measured: of packages here and in peers' environments, of wrk, of this repository."""

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from importlib.metadata import distributions
from importlib.metadata import version as version_of
from pathlib import Path

from benchmarks.case import ROOT
from benchmarks.launch.environments import FOLDER

HERE = (
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


def describe_here() -> str:
    """Give the versions of what runs in this environment, of wrk and of this repository."""
    packages = ", ".join(f"{name} {version_of(name)}" for name in HERE)
    commit = find_commit(ROOT)
    return f"{packages}, wrk {_wrk_version()}" + (f"; commit {commit}" if commit else "")


def describe_elsewhere(environments: Mapping[str, Sequence[str]], folder: Path = FOLDER) -> str:
    """Give, of peers' environments, the versions of those packages that are there, as one sentence."""
    found = [
        f"{name} {version}"
        for environment, packages in environments.items()
        for name, version in _versions_in(folder / environment, packages)
    ]
    return f"In environments of their own: {', '.join(found) or 'nothing'}."


def find_commit(root: Path) -> str:
    """Give the commit of a checkout, and say whether it has changes, but for the results; or nothing."""
    # Without its own .git, it would be the commit of whatever stands around it.
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
    # It ends with exit status 1, whatever it is asked for without an address.
    first_line = _run("wrk", "-v").stdout.partition("\n")[0]
    return first_line.removeprefix("wrk ").partition(" [")[0]


def _read(*command: str) -> str:
    done = _run(*command)
    return "" if done.returncode else done.stdout.strip()


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False)

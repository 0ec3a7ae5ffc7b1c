"""The requirements of pyproject.toml, and the pins of requirements/ and constraints.txt."""

import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]

PINNED = re.compile(r"(?P<name>[\w.-]+)==(?P<version>[\w.]+)(?: ; [^\\]+)?(?: --hash=sha256:[0-9a-f]{64})+")


def declared(*extras: str) -> list[Requirement]:
    """Return the requirements of the server and of the extras."""
    lines = PROJECT["dependencies"] + [
        line for extra in extras for line in PROJECT["optional-dependencies"][extra]
    ]
    return [Requirement(line) for line in lines]


def lock_lines(name: str) -> list[str]:
    """Return the lines of a lock file without comments; continued lines are joined."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text("utf-8")
    joined = re.sub(r"\s*\\\n\s*", " ", text).splitlines()
    return [line for line in joined if line and not line.startswith("#")]


def locked(name: str) -> dict[str, str]:
    """Return the version of each package of a lock file, by normalised name."""
    matches = [PINNED.fullmatch(line) for line in lock_lines(name)]
    return {canonicalize_name(pin["name"]): pin["version"] for pin in matches if pin}


def constrained() -> dict[str, str]:
    """Return the version of each package of constraints.txt, by normalised name."""
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    pins = [line.split("==") for line in lines if not line.startswith("#")]
    return {canonicalize_name(name): version for name, version in pins}

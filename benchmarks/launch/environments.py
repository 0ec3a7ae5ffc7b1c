"""Virtual environments of peers and of other tools; each is installed at its first use."""

import subprocess
import sys
from pathlib import Path

from benchmarks.errors import Unavailable
from benchmarks.workload import ROOT

FOLDER = ROOT / ".bench"
INSTALL_SECONDS = 600

# The imports of the package `predictor`.
PREDICTOR = ("numpy", "pydantic", "safetensors")

REQUIREMENTS: dict[str, tuple[str, ...]] = {
    "litserve": ("litserve==0.2.19", *PREDICTOR),
    "bentoml": ("bentoml==1.4.39", *PREDICTOR),
    # The worker process of MLServer does not start with uvloop 0.22 or later.
    "mlserver": ("mlserver==1.7.1", "uvloop<0.22", *PREDICTOR),
    "ray": ("ray[serve]==2.60", *PREDICTOR),
    "keras": ("keras==3.15.1", "torch==2.13.0"),
    # For tests.stress.
    "schemathesis": ("schemathesis==4.32.5",),
}


def python_of(name: str) -> str:
    """Return the interpreter of an environment, and install it if needed; raise Unavailable if that fails."""
    folder = FOLDER / name
    if not is_installed(name):
        _install(name, folder)
        _stamp(name).write_text(_requirements_text(name), "utf-8")
    return str(folder / "bin" / "python")


def is_installed(name: str) -> bool:
    """Return whether an environment exists with its current requirements."""
    return _stamp(name).exists() and _stamp(name).read_text("utf-8") == _requirements_text(name)


def _stamp(name: str) -> Path:
    return FOLDER / name / "installed.txt"


def _requirements_text(name: str) -> str:
    return "\n".join(REQUIREMENTS[name])


def _install(name: str, folder: Path) -> None:
    sys.stderr.write(f"Installing {name} into {folder.relative_to(ROOT)} ...\n")
    _run(name, sys.executable, "-m", "venv", str(folder))
    pip = (str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    _run(name, *pip, *REQUIREMENTS[name])


def install_serving() -> Path:
    """Install the serving environment with the Makefile; return its folder."""
    folder = FOLDER.relative_to(ROOT) / "serving"
    _run("the server", "make", "--silent", f"VENV={folder}", f"{folder}/.serving")
    return ROOT / folder


def _run(name: str, *command: str) -> None:
    try:
        done = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise Unavailable(f"{name} could not be installed in {INSTALL_SECONDS} seconds") from None
    if done.returncode:
        last_line = (done.stderr.strip() or done.stdout.strip() or "no reason given").rsplit("\n", 1)[-1]
        raise Unavailable(f"{name} could not be installed: {last_line}")

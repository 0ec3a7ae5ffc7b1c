"""How much disk the serving environment takes."""

from pathlib import Path

from benchmarks.form import Form
from benchmarks.launch.environments import install_serving
from benchmarks.measurement.tables import number, table

GOAL = "130 MB"
SHOWN = 6
# What every virtual environment has, whatever is installed into it.
FROM_VENV = {"pip", "setuptools", "pkg_resources", "_distutils_hack"}


def measure_size(_: Form) -> str:
    """Install what serving needs into an environment of its own, and weigh it."""
    sizes = _sizes(install_serving())
    total = sum(sizes.values())
    largest = sorted(sizes, key=sizes.__getitem__, reverse=True)[:SHOWN]
    rows = [["everything", number(total), GOAL], *([name, number(sizes[name]), ""] for name in largest)]
    return table(["serving environment", "MB", "goal"], rows)


def _sizes(environment: Path) -> dict[str, float]:
    (packages,) = environment.glob("lib/python3*/site-packages")
    return {
        path.name: _megabytes(path)
        for path in packages.iterdir()
        if path.name.partition("-")[0] not in FROM_VENV
    }


def _megabytes(path: Path) -> float:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file()) / 1e6

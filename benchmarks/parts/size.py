"""The disk space of the serving environment."""

from pathlib import Path

from benchmarks.launch.environments import install_serving
from benchmarks.measurement.tables import number, table
from benchmarks.run_length import RunLength

GOAL = "130 MB"
LARGEST_SHOWN = 6
# Every virtual environment has these, whatever is installed.
FROM_VENV = {"pip", "setuptools", "pkg_resources", "_distutils_hack"}


def measure_size(_: RunLength) -> str:
    """Install the serving environment, and sum the sizes of its packages."""
    sizes = _package_sizes(install_serving())
    total = sum(sizes.values())
    largest = sorted(sizes, key=sizes.__getitem__, reverse=True)[:LARGEST_SHOWN]
    rows = [["total", number(total), GOAL], *([name, number(sizes[name]), ""] for name in largest)]
    return table(["serving environment", "MB", "goal"], rows)


def _package_sizes(environment: Path) -> dict[str, float]:
    (packages,) = environment.glob("lib/python3*/site-packages")
    return {
        path.name: _megabytes(path)
        for path in packages.iterdir()
        if path.name.partition("-")[0] not in FROM_VENV
    }


def _megabytes(path: Path) -> float:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file()) / 1e6

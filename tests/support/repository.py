"""Where the files of this repository are."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
MODELS = ROOT / "models"
DOCS = ROOT / "docs"

PACKAGES = ("app", "predictor", "training")
SERVING_PACKAGES = ("app", "predictor")


def python_files(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def relative(path: Path) -> str:
    """Give the path from the root of the repository, with forward slashes."""
    return path.relative_to(ROOT).as_posix()

"""Where the files of this repository are."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
MODELS = ROOT / "models"
DOCS = ROOT / "docs"

PACKAGES = ("app", "predictor", "training")
SERVING_PACKAGES = ("app", "predictor")


# Files of one's own in these folders need not follow the rules of this repository.
OPEN_FOLDERS = (ROOT / "predictor" / "tasks", ROOT / "training" / "recipes")
SHIPPED = {"__init__", "iris", "stroke"}


def python_files(*folders: str) -> list[Path]:
    """Give the sources in these folders, without those of tasks that this repository does not ship."""
    found = sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    return [path for path in found if path.parent not in OPEN_FOLDERS or path.stem in SHIPPED]


def relative(path: Path) -> str:
    """Give the path from the root of the repository, with forward slashes."""
    return path.relative_to(ROOT).as_posix()

"""Where the files of a new task go."""

import keyword
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from predictor.schema.definitions import find_sources
from predictor.schema.errors import UnknownSource
from predictor.schema.task import NAME
from predictor.tasks import MODULE_NAMES, read_tasks
from training.errors import UsageError

INSTALLED = {"site-packages", "dist-packages"}


@dataclass(frozen=True)
class Destination:
    """The folders of task files and recipe files, and the package of the tasks for Python."""

    tasks: Path
    recipes: Path
    tasks_module: str

    def write(self, name: str, task_text: str, recipe_text: str) -> list[Path]:
        """Write both files and give their paths; UsageError, and no new file or folder, where that fails."""
        texts = {self.tasks / f"{name}.py": task_text, self.recipes / f"{name}.py": recipe_text}
        made: list[Path] = []
        try:
            for path, text in texts.items():
                made += _make_folders(path.parent)
                with path.open("x", encoding="utf-8", newline="\n") as file:
                    made.append(path)
                    file.write(text)
        except OSError as error:
            for path in reversed(made):
                with suppress(OSError):
                    path.rmdir() if path.is_dir() else path.unlink()
            raise UsageError(f"{error.filename} cannot be written: {error.strerror}.") from None
        return list(texts)


def find_destination(sources: Sequence[str]) -> Destination:
    """Give the first of the extra sources, or else this repository; UsageError where Python installed it."""
    if not sources:
        repository = Path(__file__).parents[3]
        if INSTALLED & set(repository.parts):
            raise UsageError(
                "--tasks: name a folder for the new files; this program is installed in Python's own."
            )
        return Destination(
            repository / "predictor" / "tasks", repository / "training" / "recipes", MODULE_NAMES["tasks"]
        )
    try:
        source = find_sources(sources[:1], MODULE_NAMES)[0]
    except UnknownSource:
        folder = Path(sources[0])
        return Destination(folder / "tasks", folder / "recipes", MODULE_NAMES["tasks"])
    return Destination(source.folder / "tasks", source.folder / "recipes", source.module_names["tasks"])


def check_name(name: str, sources: Sequence[str], destination: Destination, reserved: set[str]) -> None:
    """Raise UsageError where a task cannot have this name, or there is a task or a file of it."""
    if NAME.fullmatch(name) is None or keyword.iskeyword(name):
        raise UsageError(f"{name!r}: the name of a task starts with a-z and has only a-z, 0-9 and _.")
    if name in reserved:
        raise UsageError(f"{name!r} is a command; choose another name.")
    for path in (destination.tasks / f"{name}.py", destination.recipes / f"{name}.py"):
        if path.exists():
            raise UsageError(f"{path} exists already; choose another name, or remove it.")
    found = read_tasks([source for source in sources if _exists(source)])
    if name in found.valid:
        raise UsageError(f"{found.paths[name]} defines a task {name} already; choose another name.")


def _exists(source: str) -> bool:
    try:
        return bool(find_sources([source], MODULE_NAMES))
    except UnknownSource:
        return False


def _make_folders(folder: Path) -> list[Path]:
    """Make a folder and its parents, and give those that were made."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()][::-1]
    for path in missing:
        path.mkdir(exist_ok=True)
    return missing

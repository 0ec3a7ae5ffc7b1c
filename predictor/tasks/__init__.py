"""The tasks: each module of this folder defines one, and so do the `tasks` folders that APP_TASKS names.

`predictor` itself, `training` and `app` import it; it imports `predictor.schema` alone.
"""

from collections.abc import Iterable
from pathlib import Path

from predictor.schema.definitions import (
    Definitions,
    Source,
    find_sources,
    load_definitions,
    names_in_environment,
)
from predictor.schema.errors import UnknownTask
from predictor.schema.task import Task

# A folder's files are imported as if they lay in these packages.
MODULE_NAMES = {"tasks": __name__, "recipes": "training.recipes"}


def read_tasks(extra: Iterable[str] | None = None) -> Definitions[Task]:
    """Load the tasks of this folder and of extra sources, by default those in APP_TASKS."""
    names = names_in_environment() if extra is None else extra
    sources = [own_source(), *find_sources(names, MODULE_NAMES)]
    return load_definitions(sources, "tasks", "TASK", Task, lambda task: task.name)


def own_source() -> Source:
    """Give the source of the tasks of this folder."""
    return Source(Path(__file__).parents[1], MODULE_NAMES)


def find_tasks(extra: Iterable[str] | None = None) -> dict[str, Task]:
    """Give the valid tasks by name in alphabetical order; see `read_tasks`."""
    return read_tasks(extra).valid


def find_task(name: str) -> Task:
    """Give the task of that name.

    UnknownTask lists the tasks, and DefinitionInvalid describes a mistake in the file of this task.
    """
    tasks = read_tasks()
    if name in tasks.mistakes and name not in tasks.valid:
        raise tasks.mistakes[name]
    if name not in tasks.valid:
        raise UnknownTask(f"There is no task of that name; there are: {', '.join(tasks.valid)}.")
    return tasks.valid[name]

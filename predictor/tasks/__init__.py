"""The installed tasks: each module of this folder defines one.

`predictor` itself, `training` and `app` import it; it imports `predictor.schema` alone.
"""

from importlib import import_module
from pkgutil import iter_modules

from predictor.schema.errors import UnknownTask
from predictor.schema.task import Task


def find_tasks() -> dict[str, Task]:
    """Import every module of this folder and give its `TASK`, by name in alphabetical order."""
    modules = [import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__)]
    tasks: list[Task] = [module.TASK for module in modules]
    return {task.name: task for task in sorted(tasks, key=lambda task: task.name)}


def find_task(name: str) -> Task:
    """Give the task of that name; UnknownTask lists the installed ones."""
    tasks = find_tasks()
    if name not in tasks:
        raise UnknownTask(f"There is no task of that name; there are: {', '.join(tasks)}.")
    return tasks[name]

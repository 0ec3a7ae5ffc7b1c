"""The recipes of this installation, one module for each task, found by its presence in this folder.

Only the commands import it.
"""

from importlib import import_module
from pkgutil import iter_modules

from training.task_recipes import TaskRecipes


def find_task_recipes() -> dict[str, TaskRecipes]:
    """Import every module of this folder and give its `TASK_RECIPES` by the task's name, sorted."""
    modules = [import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__)]
    recipes_by_task: dict[str, TaskRecipes] = {
        module.TASK_RECIPES.task.name: module.TASK_RECIPES for module in modules
    }
    return dict(sorted(recipes_by_task.items()))

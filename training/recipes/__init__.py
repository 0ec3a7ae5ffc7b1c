"""The recipes that this installation knows: one module a task, found by being in this folder."""

from importlib import import_module
from pkgutil import iter_modules

from training.task_recipes import TaskRecipes


def find_task_recipes() -> dict[str, TaskRecipes]:
    """Import every module of this folder and give its `TASK_RECIPES` by the task's name, sorted."""
    modules = [import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__)]
    recipes_by_task: list[TaskRecipes] = [module.TASK_RECIPES for module in modules]
    return {
        task_recipes.task.name: task_recipes
        for task_recipes in sorted(recipes_by_task, key=lambda task_recipes: task_recipes.task.name)
    }

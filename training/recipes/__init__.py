"""The recipes: each module of this folder has those of one task.

The `recipes` folders that APP_TASKS names have more. Only the commands import it.
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
from predictor.schema.errors import DefinitionInvalid
from predictor.tasks import MODULE_NAMES, read_tasks
from training.task_recipes import TaskRecipes


def read_task_recipes(extra: Iterable[str] | None = None) -> Definitions[TaskRecipes]:
    """Load the recipes of this folder and of extra sources, by default those in APP_TASKS."""
    names = list(names_in_environment() if extra is None else extra)
    # The tasks come first, because recipes import them.
    tasks = read_tasks(names)
    sources = [Source(Path(__file__).parents[1], MODULE_NAMES), *find_sources(names, MODULE_NAMES)]
    recipes = load_definitions(
        sources, "recipes", "TASK_RECIPES", TaskRecipes, lambda task_recipes: task_recipes.task.name
    )
    for name in tasks.valid.keys() - recipes.valid.keys() - recipes.mistakes.keys():
        path = tasks.paths[name].parents[1] / "recipes" / f"{name}.py"
        recipes.mistakes[name] = DefinitionInvalid(f"The task {name} has no recipes; write {path}.")
    # A recipe cannot be loaded without its task, whose mistake is the reason.
    recipes.mistakes |= tasks.mistakes
    return recipes


def find_task_recipes(extra: Iterable[str] | None = None) -> dict[str, TaskRecipes]:
    """Give the valid recipes by the task's name, sorted; see `read_task_recipes`."""
    return read_task_recipes(extra).valid

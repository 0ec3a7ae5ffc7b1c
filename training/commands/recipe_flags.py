"""The flags that change a recipe."""

import argparse
from typing import Any, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from training.commands.arguments import batch_size
from training.errors import UsageError
from training.recipe import (
    SPLIT_SETTINGS,
    LossName,
    Monitor,
    OptimizerName,
    Recipe,
    ScheduleName,
    ValidationSplit,
    change_recipe,
)
from training.task_recipes import TaskRecipes

# Each flag replaces the setting of the same name; those of SPLIT_SETTINGS belong to the recipe's split.
FLAGS: dict[str, dict[str, Any]] = {
    "hidden": {
        "type": int,
        "nargs": "*",
        "metavar": "UNITS",
        "help": "units of each hidden layer; without a number, the network has no hidden layer",
    },
    "epochs": {"type": int, "metavar": "N", "help": "maximum number of passes over the training rows"},
    "patience": {
        "type": int,
        "metavar": "N",
        "help": "stop after N epochs without improvement; 0: no early stopping",
    },
    "monitor": {"choices": get_args(Monitor), "help": "validation metric of early stopping"},
    "monitor_epochs": {
        "type": int,
        "metavar": "N",
        "help": "compare epochs by the mean of the metric over the last N epochs",
    },
    "loss": {"choices": get_args(LossName), "help": "loss that training minimises"},
    "positive_weight": {
        "type": float,
        "metavar": "W",
        "help": "weight of the positive class in the loss; for binary tasks",
    },
    "batch_size": {"type": batch_size, "metavar": "N|full", "help": "rows in each step; full: all rows"},
    "optimizer": {"choices": get_args(OptimizerName), "help": "optimiser"},
    "learning_rate": {"type": float, "metavar": "R", "help": "initial learning rate"},
    "weight_decay": {"type": float, "metavar": "D", "help": "strength of weight decay"},
    "schedule": {
        "choices": get_args(ScheduleName),
        "help": "learning rate over the epochs: constant, halved at each quarter (step), or falling to zero "
        "(cosine)",
    },
    "validation": {
        "choices": get_args(ValidationSplit),
        "help": "validation rows: a random share, the last share, every row in one of the folds, or none",
    },
    "folds": {
        "type": int,
        "metavar": "K",
        "help": "number of folds, and of networks in the ensemble; needs --validation folds",
    },
    "seed": {"type": int, "metavar": "N", "help": "seed of the initial weights and of the order of the rows"},
}


def add_recipe_flags(parser: argparse.ArgumentParser, task_recipes: TaskRecipes) -> None:
    """Add the flags; the help text of each shows the setting of every recipe."""
    group = parser.add_argument_group("changes to the recipe", "The values of the recipes are in brackets.")
    for name, options in FLAGS.items():
        values = ", ".join(
            f"{recipe_name}: {_show(recipe, name)}" for recipe_name, recipe in task_recipes.recipes.items()
        )
        help_text = f"{options['help']} ({values})"
        group.add_argument(f"--{name.replace('_', '-')}", **options | {"help": help_text})


def _show(recipe: Recipe, name: str) -> str:
    value = getattr(recipe.split if name in SPLIT_SETTINGS else recipe, name)
    return (" ".join(map(str, value)) or "none") if isinstance(value, tuple) else str(value)


def choose_recipe(task_recipes: TaskRecipes, arguments: argparse.Namespace) -> Recipe:
    """Give the chosen recipe with the changes of the flags; UsageError names the flag that is not valid.

    The name of a recipe with changes other than the seed ends in ", changed".
    """
    if arguments.positive_weight is not None and task_recipes.task.kind != "binary":
        raise UsageError("--positive-weight: only a binary task has a positive class.")
    changes = {name: getattr(arguments, name) for name in FLAGS if getattr(arguments, name) is not None}
    recipe = task_recipes.recipes[arguments.recipe]
    try:
        changed = change_recipe(recipe, changes)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise UsageError(f"{_flag(first)}: {_reason(first)}.") from None
    if changed == recipe.model_copy(update={"seed": changed.seed}):
        return changed
    return changed.model_copy(update={"name": f"{recipe.name}, changed"})


def _flag(error: ErrorDetails) -> str:
    names = [str(name) for name in error["loc"] if name in FLAGS]
    if not names:
        return "--validation" if error["loc"] else "The recipe with these changes"
    return "--" + names[0].replace("_", "-")


def _reason(error: ErrorDetails) -> str:
    limits = {
        "greater_than_equal": "must be at least {ge:g}",
        "greater_than": "must be more than {gt:g}",
        "less_than_equal": "must be at most {le:g}",
        "less_than": "must be less than {lt:g}",
        "finite_number": "must be a finite number",
    }
    if error["type"] in limits:
        return limits[error["type"]].format(**error.get("ctx", {}))
    return error["msg"].removeprefix("Value error, ")

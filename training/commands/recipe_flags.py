"""The flags that change a recipe."""

import argparse
from typing import Any, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails

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


def batch_size(text: str) -> int | str:
    """Read `full` or a number of rows."""
    if text == "full":
        return text
    if not (text.isascii() and text.isdigit()) or int(text) < 1:
        raise argparse.ArgumentTypeError("must be a whole number from 1, or full")
    return int(text)


# The type of each flag, or the Literal of its choices, the name of its value in the help, and the help text.
# Each flag replaces the setting of the same name; those of SPLIT_SETTINGS belong to the recipe's split.
FLAGS: dict[str, tuple[Any, str | None, str]] = {
    "hidden": (int, "UNITS", "units of each hidden layer; without a number, the network has no hidden layer"),
    "epochs": (int, "N", "maximum number of passes over the training rows"),
    "patience": (int, "N", "stop after N epochs without improvement; 0: no early stopping"),
    "monitor": (Monitor, None, "validation metric of early stopping"),
    "monitor_epochs": (int, "N", "compare epochs by the mean of the metric over the last N epochs"),
    "loss": (LossName, None, "loss that training minimises"),
    "positive_weight": (float, "W", "weight of the positive class in the loss; for binary tasks"),
    "batch_size": (batch_size, "N|full", "rows in each step; full: all rows"),
    "optimizer": (OptimizerName, None, "optimiser"),
    "learning_rate": (float, "R", "initial learning rate"),
    "weight_decay": (float, "D", "strength of weight decay"),
    "schedule": (
        ScheduleName,
        None,
        "learning rate over the epochs: constant, halved at each quarter (step), or falling to zero (cosine)",
    ),
    "validation": (
        ValidationSplit,
        None,
        "validation rows: a random share, the last share, every row in one of the folds, or none",
    ),
    "folds": (int, "K", "number of folds, and of networks in the ensemble; needs --validation folds"),
    "seed": (int, "N", "seed of the initial weights and of the order of the rows"),
}


def add_recipe_flags(parser: argparse.ArgumentParser, task_recipes: TaskRecipes) -> None:
    """Add the flags; the help text of each shows the setting of every recipe."""
    group = parser.add_argument_group("changes to the recipe", "The values of the recipes are in brackets.")
    for name, (kind, metavar, help_text) in FLAGS.items():
        values = ", ".join(f"{key}: {_show(recipe, name)}" for key, recipe in task_recipes.recipes.items())
        choices = get_args(kind)
        group.add_argument(
            f"--{name.replace('_', '-')}",
            type=str if choices else kind,
            choices=choices or None,
            nargs="*" if name == "hidden" else None,
            metavar=metavar,
            help=f"{help_text} ({values})",
        )


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

"""The command line of `python -m training`, and how its flags change a recipe."""

import argparse
from pathlib import Path
from typing import Any, NoReturn, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from training.errors import UsageError
from training.publication.signing import add_signing
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

DEFAULT_RECIPE = "production"
MODELS, EXPERIMENTS = Path("models"), Path("experiments")


class OneLineParser(argparse.ArgumentParser):
    """Tells a mistake in one line, without the usage."""

    def error(self, message: str) -> NoReturn:
        """End with exit status 2."""
        self.exit(2, f"{self.prog}: {' '.join(message.split())}; --help lists what there is\n")


def _batch_size(text: str) -> int | str:
    if text == "full":
        return text
    if not (text.isascii() and text.isdigit()) or int(text) < 1:
        raise argparse.ArgumentTypeError("must be a whole number from 1, or full")
    return int(text)


def _folder(text: str) -> Path:
    if not text.strip():
        raise argparse.ArgumentTypeError("must name a folder")
    return Path(text)


# Flags that replace a recipe's setting of the same name; those of SPLIT_SETTINGS belong to its split.
CHANGES: dict[str, dict[str, Any]] = {
    "hidden": {
        "type": int,
        "nargs": "*",
        "metavar": "UNITS",
        "help": "units of each hidden layer; none: no hidden layer",
    },
    "epochs": {"type": int, "metavar": "N", "help": "at most so many passes over the rows"},
    "patience": {
        "type": int,
        "metavar": "N",
        "help": "epochs without a better one before stopping; 0: no early stopping",
    },
    "monitor": {"choices": get_args(Monitor), "help": "what early stopping watches on the held-out rows"},
    "monitor_epochs": {
        "type": int,
        "metavar": "N",
        "help": "judge an epoch by the mean over so many last ones",
    },
    "loss": {"choices": get_args(LossName), "help": "what is minimised"},
    "positive_weight": {
        "type": float,
        "metavar": "W",
        "help": "weight of the second of two classes in the loss",
    },
    "batch_size": {"type": _batch_size, "metavar": "N|full", "help": "rows a step; full: all of them"},
    "optimizer": {"choices": get_args(OptimizerName), "help": "how a gradient moves the weights"},
    "learning_rate": {"type": float, "metavar": "R", "help": "size of the steps"},
    "weight_decay": {"type": float, "metavar": "D", "help": "how strongly weights are pulled to zero"},
    "schedule": {
        "choices": get_args(ScheduleName),
        "help": "how the learning rate changes: not, halved each quarter, or down to zero",
    },
    "validation": {"choices": get_args(ValidationSplit), "help": "how rows are held out from training"},
    "folds": {
        "type": int,
        "metavar": "K",
        "help": "members, each with a held-out part; needs validation folds",
    },
    "seed": {"type": int, "metavar": "N", "help": "of the first weights and the order of the rows"},
}


def build_parser(recipes_by_task: dict[str, TaskRecipes]) -> argparse.ArgumentParser:
    """Build the parser: one command a task, `evaluate`, `lecture` for all experiments, `sign`, `verify`."""
    parser = OneLineParser(prog="python -m training", description="Train a model, or compare recipes.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, task_recipes in recipes_by_task.items():
        command = commands.add_parser(name, help=f"train the {name} model", allow_abbrev=False)
        _add_run_arguments(command, task_recipes)
        _add_changes(command, task_recipes)
    _add_evaluation(commands, recipes_by_task)
    _add_lecture(commands, recipes_by_task)
    add_signing(commands)
    return parser


def _add_run_arguments(command: argparse.ArgumentParser, task_recipes: TaskRecipes) -> None:
    default = "" if task_recipes.builtin_data is None else " (default: the data that comes with scikit-learn)"
    command.add_argument(
        "--data",
        type=Path,
        metavar="FILE",
        required=task_recipes.builtin_data is None,
        help=f"a CSV file with a header line{default}",
    )
    command.add_argument(
        "--recipe",
        choices=list(task_recipes.recipes),
        default=DEFAULT_RECIPE,
        help=f"which settings to start from (default: {DEFAULT_RECIPE})",
    )
    command.add_argument(
        "--out",
        type=_folder,
        metavar="DIR",
        help=f"the folder of models (default: {MODELS} for the recipe {DEFAULT_RECIPE} with no change but "
        f"the seed, else {EXPERIMENTS})",
    )
    command.add_argument(
        "--device",
        choices=["auto", "cpu", "cuda"],
        default="auto",
        help="where to train (default: auto, a GPU where there is one)",
    )


def _add_changes(command: argparse.ArgumentParser, task_recipes: TaskRecipes) -> None:
    group = command.add_argument_group("changes to the recipe", "In brackets what the recipes have.")
    for name, options in CHANGES.items():
        defaults = ", ".join(
            f"{title}: {_show(recipe, name)}" for title, recipe in task_recipes.recipes.items()
        )
        group.add_argument(
            f"--{name.replace('_', '-')}", **options | {"help": f"{options['help']} ({defaults})"}
        )


def _show(recipe: Recipe, name: str) -> str:
    value = getattr(recipe.split if name in SPLIT_SETTINGS else recipe, name)
    return (" ".join(map(str, value)) or "none") if isinstance(value, tuple) else str(value)


def _add_evaluation(commands: Any, recipes_by_task: dict[str, TaskRecipes]) -> None:
    command = commands.add_parser(
        "evaluate", help="compare a recipe with other models on 20 folds", allow_abbrev=False
    )
    binary = [name for name, task_recipes in recipes_by_task.items() if task_recipes.task.kind == "binary"]
    command.add_argument("task", choices=binary, help="a task of two classes")
    command.add_argument(
        "--data", type=Path, metavar="FILE", required=True, help="a CSV file with a header line"
    )
    command.add_argument(
        "--recipe", default=DEFAULT_RECIPE, help=f"which settings to judge (default: {DEFAULT_RECIPE})"
    )
    command.add_argument("--page", type=Path, metavar="FILE", help="also write the tables to this file")


def _add_lecture(commands: Any, recipes_by_task: dict[str, TaskRecipes]) -> None:
    command = commands.add_parser(
        "lecture", help="run every experiment of the lecture and write its page", allow_abbrev=False
    )
    asked = [
        name
        for name, task_recipes in recipes_by_task.items()
        if task_recipes.experiments and task_recipes.builtin_data is None
    ]
    command.add_argument(
        "--data",
        type=Path,
        metavar="FILE",
        required=True,
        help=f"the CSV file of {' and '.join(asked)}; every other task brings its own data",
    )
    command.add_argument(
        "--page",
        type=Path,
        metavar="FILE",
        default=Path("docs/lecture.md"),
        help="the page to write, its figures in a folder of the same name (default: docs/lecture.md)",
    )


def choose_recipe(task_recipes: TaskRecipes, arguments: argparse.Namespace) -> Recipe:
    """Give the named recipe with the flags' changes; UserMistake names the flag that does not fit.

    A recipe that differs in more than its seed says so in its name.
    """
    if arguments.positive_weight is not None and task_recipes.task.kind != "binary":
        raise UsageError("--positive-weight: only a task of two classes has a positive one.")
    changes = {name: getattr(arguments, name) for name in CHANGES if getattr(arguments, name) is not None}
    recipe = task_recipes.recipes[arguments.recipe]
    try:
        changed = change_recipe(recipe, changes)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise UsageError(f"{_flag(first)}: {_in_plain_words(first)}.") from None
    if changed == recipe.model_copy(update={"seed": changed.seed}):
        return changed
    return changed.model_copy(update={"name": f"{recipe.name}, changed"})


def _flag(error: ErrorDetails) -> str:
    named = [part for part in error["loc"] if part in CHANGES]
    if not named:
        return "--validation" if error["loc"] else "The recipe with these changes"
    return "--" + str(named[0]).replace("_", "-")


def _in_plain_words(error: ErrorDetails) -> str:
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


def choose_out(arguments: argparse.Namespace, recipe: Recipe) -> Path:
    """Give the folder to publish in: only the production recipe goes where the server looks.

    UserMistake where that cannot be a folder.
    """
    out: Path = arguments.out or (MODELS if recipe.name == DEFAULT_RECIPE else EXPERIMENTS)
    try:
        nearest = next(path for path in (out, *out.parents) if path.exists())
        if not nearest.is_dir():
            raise UsageError(f"--out: {nearest} is a file; name a folder.")
    except OSError as error:
        raise UsageError(f"--out: {out} cannot be used: {error.strerror}.") from None
    return out

"""The command line of `python -m training`, and how its flags change a recipe."""

import argparse
from pathlib import Path
from typing import NoReturn, get_args

from pydantic import ValidationError

from training.errors import UserMistake
from training.recipe import LossName, Monitor, OptimizerName, Recipe, RecipeBook, ScheduleName

DEFAULT_RECIPE = "production"
MODELS, EXPERIMENTS = Path("models"), Path("experiments")

# Flags that replace a recipe's setting of the same name.
CHANGES = (
    "hidden",
    "epochs",
    "patience",
    "monitor",
    "monitor_epochs",
    "loss",
    "positive_weight",
    "batch_size",
    "optimizer",
    "learning_rate",
    "weight_decay",
    "schedule",
    "holdout",
    "seed",
)


class OneLineParser(argparse.ArgumentParser):
    """Tells a mistake in one line, without the usage."""

    def error(self, message: str) -> NoReturn:
        """End with exit status 2."""
        self.exit(2, f"{self.prog}: {message}; --help lists what there is\n")


def build_parser(books: dict[str, RecipeBook]) -> argparse.ArgumentParser:
    """Build the parser: one command a task, and `lecture` for all of the lecture's experiments."""
    parser = OneLineParser(prog="python -m training", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, book in books.items():
        command = commands.add_parser(name, help=f"train the {name} model", allow_abbrev=False)
        _add_run_arguments(command, book)
        _add_changes(command)
    evaluation = commands.add_parser(
        "evaluate", help="compare a recipe with other models on 20 folds and write a page"
    )
    evaluation.add_argument(
        "task", choices=[name for name, book in books.items() if book.task.kind == "binary"]
    )
    evaluation.add_argument("--data", type=Path, required=True, help="a CSV file")
    evaluation.add_argument("--recipe", default=DEFAULT_RECIPE, help=f"default: {DEFAULT_RECIPE}")
    evaluation.add_argument("--page", type=Path, help="also write the tables to this file")
    lecture = commands.add_parser("lecture", help="run every experiment of the lecture and write its page")
    lecture.add_argument("--data", type=Path, required=True, help="the data file of the first task (CSV)")
    lecture.add_argument("--page", type=Path, default=Path("docs/lecture.md"), help="the page to write")
    return parser


def _add_run_arguments(command: argparse.ArgumentParser, book: RecipeBook) -> None:
    command.add_argument(
        "--data",
        type=Path,
        required=book.builtin_data is None,
        help="a CSV file"
        + ("" if book.builtin_data is None else " (default: the data that comes with scikit-learn)"),
    )
    command.add_argument("--recipe", choices=list(book.recipes), default=DEFAULT_RECIPE)
    command.add_argument(
        "--out",
        type=Path,
        help=f"the folder of models (default: {MODELS} for the recipe {DEFAULT_RECIPE}, else {EXPERIMENTS})",
    )
    command.add_argument("--device", choices=["auto", "cpu", "cuda"], default="auto")


def _add_changes(command: argparse.ArgumentParser) -> None:
    group = command.add_argument_group("changes to the recipe")
    group.add_argument(
        "--hidden",
        type=int,
        nargs="*",
        metavar="UNITS",
        help="units of each hidden layer; none: no hidden layer",
    )
    group.add_argument("--epochs", type=int, help="at most this many")
    group.add_argument(
        "--patience",
        type=int,
        help="epochs without a better one before stopping; 0: no early stopping",
    )
    group.add_argument(
        "--monitor",
        choices=get_args(Monitor),
        help="what early stopping watches on the held-out rows",
    )
    group.add_argument("--monitor-epochs", type=int, help="judge an epoch by the mean over so many last ones")
    group.add_argument("--loss", choices=get_args(LossName))
    group.add_argument(
        "--positive-weight", type=float, help="weight of the second of two classes in the loss"
    )
    group.add_argument("--batch-size", type=_batch_size, metavar="N|full")
    group.add_argument("--optimizer", choices=get_args(OptimizerName))
    group.add_argument("--learning-rate", type=float)
    group.add_argument("--weight-decay", type=float)
    group.add_argument("--schedule", choices=get_args(ScheduleName))
    group.add_argument(
        "--holdout",
        choices=["random", "last", "folds", "none"],
        help="how rows are held out from training",
    )
    group.add_argument("--seed", type=int)


def _batch_size(text: str) -> int | str:
    return text if text == "full" else int(text)


def choose_recipe(book: RecipeBook, arguments: argparse.Namespace) -> Recipe:
    """Give the named recipe with the flags' changes; UserMistake names the flag that does not fit."""
    if arguments.positive_weight is not None and book.task.kind != "binary":
        raise UserMistake("--positive-weight: only a task of two classes has a positive one.")
    changes = {name: getattr(arguments, name) for name in CHANGES if getattr(arguments, name) is not None}
    recipe = book.recipes[arguments.recipe]
    return change_recipe(recipe, changes)


def change_recipe(recipe: Recipe, changes: dict[str, object]) -> Recipe:
    """Give the recipe with some settings replaced (`holdout` is one of its split), checked as a whole."""
    plain = recipe.model_dump() | {name: value for name, value in changes.items() if name != "holdout"}
    if "holdout" in changes:
        plain["split"] |= {"holdout": changes["holdout"]}
    try:
        return Recipe.model_validate(plain)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        flag = "--" + str(first["loc"][0]).replace("_", "-") if first["loc"] else "The recipe"
        raise UserMistake(f"{flag}: {first['msg'].removeprefix('Value error, ')}.") from None


def choose_out(arguments: argparse.Namespace) -> Path:
    """Give the folder to publish in: only the production recipe goes where the server looks."""
    if arguments.out is not None:
        return Path(arguments.out)
    return MODELS if arguments.recipe == DEFAULT_RECIPE else EXPERIMENTS

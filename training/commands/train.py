"""The command that trains the model of one task and publishes it."""

import argparse
import time
from pathlib import Path

import torch
from rich.console import Console

from training.commands.arguments import DEFAULT_RECIPE, folder
from training.commands.progress import show_progress
from training.commands.recipe_flags import add_recipe_flags, choose_recipe
from training.commands.report import print_report
from training.data.dataset import DataSet, read_data
from training.errors import UsageError
from training.publication.publish import publish
from training.recipe import Recipe
from training.run import train
from training.task_recipes import TaskRecipes

MODELS, EXPERIMENTS = Path("models"), Path("experiments")


def add_arguments(parser: argparse.ArgumentParser, task_recipes: TaskRecipes) -> None:
    """Add the arguments of the command."""
    builtin = "" if task_recipes.builtin_data is None else " (default: the data that comes with scikit-learn)"
    parser.add_argument(
        "--data",
        type=Path,
        metavar="FILE",
        required=task_recipes.builtin_data is None,
        help=f"CSV file with a header line{builtin}",
    )
    parser.add_argument(
        "--recipe",
        choices=list(task_recipes.recipes),
        default=DEFAULT_RECIPE,
        help=f"recipe to start from (default: {DEFAULT_RECIPE})",
    )
    parser.add_argument(
        "--out",
        type=folder,
        metavar="DIR",
        help=f"folder of the models (default: {MODELS} for the recipe {DEFAULT_RECIPE} with no change except "
        f"the seed, otherwise {EXPERIMENTS})",
    )
    parser.add_argument(
        "--device",
        choices=["auto", "cpu", "cuda"],
        default="auto",
        help="device to train on (default: auto, a GPU if there is one)",
    )
    add_recipe_flags(parser, task_recipes)


def run(task_recipes: TaskRecipes, arguments: argparse.Namespace, console: Console) -> None:
    """Train the task, print the report and publish the model."""
    started = time.perf_counter()
    recipe = choose_recipe(task_recipes, arguments)
    out = choose_out(arguments, recipe)
    device = choose_device(arguments.device)
    data = load_data(task_recipes, arguments)
    with show_progress(recipe, console) as on_epoch_end:
        result = train(task_recipes.task, recipe, data, device, on_epoch_end)
    print_report(result, console)
    published = publish(result, out, task_recipes.groupings)
    console.print(f"Wrote {published} in {time.perf_counter() - started:.1f} s.", soft_wrap=True)


def load_data(task_recipes: TaskRecipes, arguments: argparse.Namespace) -> DataSet:
    """Read the file, or give the task's built-in data where no file is named."""
    if arguments.data is None and task_recipes.builtin_data:
        return task_recipes.builtin_data()
    return read_data(arguments.data, task_recipes.task)


def choose_out(arguments: argparse.Namespace, recipe: Recipe) -> Path:
    """Give the folder to publish in; UsageError where it cannot be a folder.

    By default only the production recipe goes to the folder that the server reads.
    """
    out: Path = arguments.out or (MODELS if recipe.name == DEFAULT_RECIPE else EXPERIMENTS)
    try:
        nearest = next(path for path in (out, *out.parents) if path.exists())
        if not nearest.is_dir():
            raise UsageError(f"--out: {nearest} is a file; name a folder.")
    except OSError as error:
        raise UsageError(f"--out: {out} cannot be used: {error.strerror}.") from None
    return out


def choose_device(requested: str) -> str:
    """Give `cpu` or `cuda`; UsageError where `cuda` is requested and torch finds no GPU."""
    if requested == "cuda" and not torch.cuda.is_available():
        raise UsageError("--device cuda: torch finds no GPU; use cpu or auto.")
    return "cuda" if requested != "cpu" and torch.cuda.is_available() else "cpu"

"""The command that compares a recipe with other models on 20 folds."""

import argparse
import time
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console

from training.commands.arguments import DEFAULT_RECIPE
from training.data.dataset import read_data
from training.errors import UsageError
from training.evaluation.cross_validation import TWENTY_FOLDS, Resampling, compare
from training.evaluation.markdown_page import check_writable, write_page
from training.task_recipes import TaskRecipes


def add_arguments(parser: argparse.ArgumentParser, recipes_by_task: Mapping[str, TaskRecipes]) -> None:
    """Add the arguments of the command."""
    binary = [name for name, task_recipes in recipes_by_task.items() if task_recipes.task.kind == "binary"]
    parser.add_argument("task", choices=binary, help="a binary task")
    parser.add_argument(
        "--data", type=Path, metavar="FILE", required=True, help="CSV file with a header line"
    )
    parser.add_argument(
        "--recipe", default=DEFAULT_RECIPE, help=f"recipe to evaluate (default: {DEFAULT_RECIPE})"
    )
    parser.add_argument("--page", type=Path, metavar="FILE", help="Markdown file to write the tables to")


def run(recipes_by_task: Mapping[str, TaskRecipes], arguments: argparse.Namespace, console: Console) -> None:
    """Evaluate the recipe that the arguments name."""
    task_recipes = recipes_by_task[arguments.task]
    evaluate(task_recipes, arguments.recipe, arguments.data, arguments.page, console)


def evaluate(
    task_recipes: TaskRecipes,
    recipe_name: str,
    data_file: Path,
    page: Path | None,
    console: Console,
    resampling: Resampling = TWENTY_FOLDS,
) -> None:
    """Print the comparison, and write it to the page if one is named."""
    if recipe_name not in task_recipes.recipes:
        raise UsageError(f"--recipe: must be one of {', '.join(task_recipes.recipes)}.")
    if page is not None:
        check_writable(page)
    started = time.perf_counter()
    data = read_data(data_file, task_recipes.task)
    text = compare(task_recipes, recipe_name, data, resampling)
    console.print(text, soft_wrap=True)
    console.print(f"Took {time.perf_counter() - started:.0f} s.")
    if page is not None:
        write_page(page, text + "\n")

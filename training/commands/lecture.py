"""The command that runs every experiment of the lecture and writes the page of results."""

import argparse
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console

from training.lecture.page import write_lecture
from training.task_recipes import TaskRecipes

PAGE = Path("docs/lecture.md")


def add_arguments(parser: argparse.ArgumentParser, recipes_by_task: Mapping[str, TaskRecipes]) -> None:
    """Add the arguments of the command."""
    tasks = [
        name
        for name, task_recipes in recipes_by_task.items()
        if task_recipes.experiments and task_recipes.builtin_data is None
    ]
    parser.add_argument(
        "--data",
        type=Path,
        metavar="FILE",
        required=True,
        help=f"CSV file of the task {' and '.join(tasks)}; the other tasks have built-in data",
    )
    parser.add_argument(
        "--page",
        type=Path,
        metavar="FILE",
        default=PAGE,
        help=f"page to write; its figures go to a folder of the same name (default: {PAGE})",
    )


def run(recipes_by_task: Mapping[str, TaskRecipes], arguments: argparse.Namespace, console: Console) -> None:
    """Run the experiments of every task and write the page."""
    write_lecture(recipes_by_task, arguments.data, arguments.page, console)

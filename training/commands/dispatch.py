"""The commands of `python -m training`: train a task, evaluate a recipe, run the lecture, sign a model."""

import argparse
import time

import torch
from rich.console import Console

from training.commands.arguments import build_parser, choose_out, choose_recipe
from training.commands.progress import show_progress
from training.commands.report import tell
from training.data.dataset import read_data
from training.errors import UsageError
from training.evaluation.cross_validation import evaluate
from training.lecture.experiments import write_lecture
from training.publication.publish import publish
from training.publication.signing import sign, verify
from training.recipes import find_task_recipes
from training.run import train
from training.task_recipes import TaskRecipes


def run_command(argv: list[str] | None) -> None:
    """Run what the words of the command line ask for; TrainingError tells why it could not be done."""
    # One thread is faster for networks this small, and sums in the same order on every run.
    torch.set_num_threads(1)
    recipes_by_task = find_task_recipes()
    arguments = build_parser(recipes_by_task).parse_args(argv)
    console = Console()
    if arguments.command == "lecture":
        write_lecture(recipes_by_task, arguments.data, arguments.page, console)
    elif arguments.command == "evaluate":
        evaluate(recipes_by_task[arguments.task], arguments.recipe, arguments.data, arguments.page, console)
    elif arguments.command == "sign":
        _print(console, sign(arguments.folder, arguments.key))
    elif arguments.command == "verify":
        _print(console, verify(arguments.folder, arguments.key))
    else:
        train_task(recipes_by_task[arguments.command], arguments, console)


def train_task(task_recipes: TaskRecipes, arguments: argparse.Namespace, console: Console) -> None:
    """Train one task and publish the model."""
    started = time.perf_counter()
    recipe = choose_recipe(task_recipes, arguments)
    out = choose_out(arguments, recipe)
    device = choose_device(arguments.device)
    data = (
        task_recipes.builtin_data()
        if arguments.data is None and task_recipes.builtin_data
        else read_data(arguments.data, task_recipes.task)
    )
    with show_progress(recipe, console) as on_epoch_end:
        result = train(task_recipes.task, recipe, data, device, on_epoch_end)
    tell(result, console)
    folder = publish(result, out, task_recipes.groupings)
    _print(console, f"Wrote {folder} in {time.perf_counter() - started:.1f} s.")


def _print(console: Console, line: str) -> None:
    console.print(line, highlight=False, markup=False, soft_wrap=True)


def choose_device(asked: str) -> str:
    """Give `cpu` or `cuda`; UserMistake where `cuda` is asked for and not there."""
    if asked == "cuda" and not torch.cuda.is_available():
        raise UsageError("--device cuda: torch finds no GPU here; use cpu, or auto.")
    return "cuda" if asked != "cpu" and torch.cuda.is_available() else "cpu"

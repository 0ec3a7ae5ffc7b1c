"""The commands of `python -m training`: train a task, evaluate a recipe, run the lecture, sign a model."""

import argparse
import time

import torch
from rich.console import Console

from training.arguments import build_parser, choose_out, choose_recipe
from training.data import read_data
from training.errors import UserMistake
from training.evaluation import evaluate
from training.lecture import write_lecture
from training.progress import show_progress
from training.publication import publish
from training.recipe import RecipeBook
from training.recipes import find_books
from training.report import tell
from training.run import train
from training.signing import sign, verify


def run_command(argv: list[str] | None) -> None:
    """Run what the words of the command line ask for; TrainingError tells why it could not be done."""
    # One thread is faster for networks this small, and sums in the same order on every run.
    torch.set_num_threads(1)
    books = find_books()
    arguments = build_parser(books).parse_args(argv)
    console = Console()
    if arguments.command == "lecture":
        write_lecture(books, arguments.data, arguments.page, console)
    elif arguments.command == "evaluate":
        evaluate(books[arguments.task], arguments.recipe, arguments.data, arguments.page, console)
    elif arguments.command == "sign":
        _print(console, sign(arguments.folder, arguments.key))
    elif arguments.command == "verify":
        _print(console, verify(arguments.folder, arguments.key))
    else:
        train_task(books[arguments.command], arguments, console)


def train_task(book: RecipeBook, arguments: argparse.Namespace, console: Console) -> None:
    """Train one task and publish the model."""
    started = time.perf_counter()
    recipe = choose_recipe(book, arguments)
    out = choose_out(arguments, recipe)
    device = choose_device(arguments.device)
    data = (
        book.builtin_data()
        if arguments.data is None and book.builtin_data
        else read_data(arguments.data, book.task)
    )
    with show_progress(recipe, console) as observe:
        trained = train(book.task, recipe, data, device, observe)
    tell(trained, console)
    folder = publish(trained, out, book.groupings)
    _print(console, f"Wrote {folder} in {time.perf_counter() - started:.1f} s.")


def _print(console: Console, line: str) -> None:
    console.print(line, highlight=False, markup=False, soft_wrap=True)


def choose_device(asked: str) -> str:
    """Give `cpu` or `cuda`; UserMistake where `cuda` is asked for and not there."""
    if asked == "cuda" and not torch.cuda.is_available():
        raise UserMistake("--device cuda: torch finds no GPU here; use cpu, or auto.")
    return "cuda" if asked != "cpu" and torch.cuda.is_available() else "cpu"

"""Train a model: `python -m training TASK --data FILE`."""

import argparse
import sys
import time

import torch
from rich.console import Console

from training.arguments import build_parser, choose_out, choose_recipe
from training.data import read_data
from training.errors import TrainingError, UserMistake
from training.evaluation import evaluate
from training.lecture import write_lecture
from training.progress import show_progress
from training.publication import publish
from training.recipe import RecipeBook
from training.recipes import find_books
from training.report import tell
from training.run import train


def main(argv: list[str] | None = None) -> int:
    """Run the command; give 0, or 2 for a user's mistake, 1 for a run that failed, 130 for Ctrl-C."""
    # One thread is faster for networks this small, and sums in the same order on every run.
    torch.set_num_threads(1)
    books = find_books()
    arguments = build_parser(books).parse_args(argv)
    console = Console()
    try:
        if arguments.command == "lecture":
            write_lecture(books, arguments.data, arguments.page, console)
        elif arguments.command == "evaluate":
            evaluate(books[arguments.task], arguments.recipe, arguments.data, arguments.page, console)
        else:
            run_task(books[arguments.command], arguments, console)
    except TrainingError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_status
    except KeyboardInterrupt:
        sys.stderr.write("Stopped; nothing was written.\n")
        return 130
    return 0


def run_task(book: RecipeBook, arguments: argparse.Namespace, console: Console) -> None:
    """Train one task and publish the model."""
    started = time.perf_counter()
    recipe = choose_recipe(book, arguments)
    device = choose_device(arguments.device)
    data = (
        book.builtin_data()
        if arguments.data is None and book.builtin_data
        else read_data(arguments.data, book.task)
    )
    with show_progress(recipe, console) as observe:
        trained = train(book.task, recipe, data, device, observe)
    folder = publish(trained, choose_out(arguments), book.groupings)
    tell(trained, console)
    console.print(f"Wrote {folder} in {time.perf_counter() - started:.1f} s.", highlight=False)


def choose_device(asked: str) -> str:
    """Give `cpu` or `cuda`; UserMistake where `cuda` is asked for and not there."""
    if asked == "cuda" and not torch.cuda.is_available():
        raise UserMistake("--device cuda: torch finds no GPU here; use cpu, or auto.")
    return "cuda" if asked != "cpu" and torch.cuda.is_available() else "cpu"


if __name__ == "__main__":
    sys.exit(main())

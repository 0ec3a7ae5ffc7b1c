"""The choice between the commands of `python -m training`."""

import argparse

import torch
from rich.console import Console

from predictor.artefact.reader import MANIFEST
from training.commands import train
from training.commands.arguments import build_parser
from training.commands.evaluate import evaluate
from training.lecture.page import write_lecture
from training.publication.signing import sign, verify
from training.recipes import find_task_recipes


def run_command(argv: list[str] | None) -> None:
    """Run the command of these arguments; TrainingError names the reason of a failure."""
    # One thread is faster for networks this small, and sums in the same order on every run.
    torch.set_num_threads(1)
    recipes_by_task = find_task_recipes()
    arguments = build_parser(recipes_by_task).parse_args(argv)
    console = Console(highlight=False, markup=False)
    match arguments.command:
        case "evaluate":
            task_recipes = recipes_by_task[arguments.task]
            evaluate(task_recipes, arguments.recipe, arguments.data, arguments.page, console)
        case "lecture":
            write_lecture(recipes_by_task, arguments.data, arguments.page, console)
        case "sign":
            console.print(f"Wrote {sign(arguments.folder, arguments.key)}.", soft_wrap=True)
        case "verify":
            console.print(_verify(arguments), soft_wrap=True)
        case task:
            train.run(recipes_by_task[task], arguments, console)


def _verify(arguments: argparse.Namespace) -> str:
    manifest = verify(arguments.folder, arguments.key)
    signature = ", signed by the key." if arguments.key else ". Without --key no signature was checked."
    return f"{arguments.folder} is intact: {MANIFEST} and {len(manifest.files)} files{signature}"

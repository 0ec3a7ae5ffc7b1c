"""The choice between the commands of `python -m training`."""

import argparse
import os
import sys
from collections.abc import Sequence

import torch
from rich.console import Console

from predictor.artefact.reader import MANIFEST
from predictor.schema.definitions import VARIABLE, Definitions, names_in_environment
from predictor.schema.errors import UnknownSource
from training.commands import train
from training.commands.arguments import build_parser, split_tasks
from training.commands.compare import compare
from training.commands.evaluate import evaluate
from training.commands.new import create_task
from training.errors import UsageError
from training.evaluation.folds.results import FULL_PLAN, QUICK_PLAN
from training.lecture.page import write_lecture
from training.publication.signing import sign, verify
from training.recipes import read_task_recipes
from training.task_recipes import TaskRecipes


def run_command(argv: list[str] | None) -> None:
    """Run the command of these arguments; TrainingError names the reason of a failure."""
    # One thread is faster for networks this small, and sums in the same order on every run.
    torch.set_num_threads(1)
    extra, argv = split_tasks(sys.argv[1:] if argv is None else argv)
    console = Console(highlight=False, markup=False)
    if argv[:1] == ["new"]:
        _create_task(extra, argv, console)
        return
    found = load_recipes(extra, argv)
    recipes_by_task = found.valid
    arguments = build_parser(recipes_by_task).parse_args(argv)
    match arguments.command:
        case "evaluate":
            task_recipes = recipes_by_task[arguments.task]
            plan = QUICK_PLAN if arguments.quick else FULL_PLAN
            evaluate(task_recipes, arguments.recipe, arguments.data, arguments.page, console, plan)
        case "compare":
            folders = [arguments.first, *arguments.others]
            compare(recipes_by_task, folders, arguments.data, arguments.page, console)
        case "lecture":
            write_lecture(recipes_by_task, arguments.data, arguments.page, console)
        case "sign":
            console.print(f"Wrote {sign(arguments.folder, arguments.key)}.", soft_wrap=True)
        case "verify":
            console.print(_verify(arguments), soft_wrap=True)
        case task:
            train.run(recipes_by_task[task], arguments, console)
    for mistake in found.mistakes.values():
        sys.stderr.write(f"Left out: {mistake}\n")


def _create_task(extra: list[str], argv: Sequence[str], console: Console) -> None:
    """Write the files of a new task; a folder that --tasks names need not exist yet."""
    sources = list(dict.fromkeys([*extra, *names_in_environment()]))
    create_task(build_parser({}).parse_args(argv), extra, sources, console)


def load_recipes(extra: list[str], argv: Sequence[str]) -> Definitions[TaskRecipes]:
    """Load the recipes; a mistake in a file is fatal for its own task, and one line at the end for others."""
    # The files of the tasks are found again later, and by worker processes.
    os.environ[VARIABLE] = ",".join(dict.fromkeys([*names_in_environment(), *extra]))
    try:
        found = read_task_recipes()
    except UnknownSource as error:
        raise UsageError(f"--tasks: {error}") from None
    # The command is a task's name, or is followed by one.
    for name in argv[:2]:
        if name in found.mistakes:
            raise UsageError(str(found.mistakes[name]))
    return found


def _verify(arguments: argparse.Namespace) -> str:
    manifest = verify(arguments.folder, arguments.key)
    signature = ", signed by the key." if arguments.key else ". Without --key no signature was checked."
    return f"{arguments.folder} is intact: {MANIFEST} and {len(manifest.files)} files{signature}"

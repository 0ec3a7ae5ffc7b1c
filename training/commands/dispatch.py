"""The commands of `python -m training`, and the choice between them."""

from collections.abc import Mapping

import torch
from rich.console import Console

from training.commands import evaluate, lecture, sign, train
from training.commands.arguments import OneLineParser
from training.recipes import find_task_recipes
from training.task_recipes import TaskRecipes


def run_command(argv: list[str] | None) -> None:
    """Run the command of these arguments; TrainingError names the reason of a failure."""
    # One thread is faster for networks this small, and sums in the same order on every run.
    torch.set_num_threads(1)
    recipes_by_task = find_task_recipes()
    arguments = build_parser(recipes_by_task).parse_args(argv)
    console = Console(highlight=False, markup=False)
    match arguments.command:
        case "evaluate":
            evaluate.run(recipes_by_task, arguments, console)
        case "lecture":
            lecture.run(recipes_by_task, arguments, console)
        case "sign":
            sign.run_sign(arguments, console)
        case "verify":
            sign.run_verify(arguments, console)
        case task:
            train.run(recipes_by_task[task], arguments, console)


def build_parser(recipes_by_task: Mapping[str, TaskRecipes]) -> OneLineParser:
    """Build the parser: one command for each task, `evaluate`, `lecture`, `sign` and `verify`."""
    parser = OneLineParser(prog="python -m training", description="Train, evaluate or sign a model.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, task_recipes in recipes_by_task.items():
        train.add_arguments(commands.add_parser(name, help=f"train the {name} model"), task_recipes)
    evaluate.add_arguments(
        commands.add_parser("evaluate", help="compare a recipe with other models on 20 folds"),
        recipes_by_task,
    )
    lecture.add_arguments(
        commands.add_parser("lecture", help="run every experiment of the lecture and write the results"),
        recipes_by_task,
    )
    sign.add_arguments(
        commands.add_parser("sign", help="sign a model with a private key"),
        key_kind="private",
        key_required=True,
    )
    sign.add_arguments(
        commands.add_parser("verify", help="check every file of a model, and its signature"),
        key_kind="public",
        key_required=False,
    )
    return parser

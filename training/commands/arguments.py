"""The command line: its parser, one command for each task, and the types of its arguments."""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from predictor.schema.definitions import VARIABLE
from training.commands.recipe_flags import add_recipe_flags
from training.commands.run_logs import LOG_KINDS, RUNS
from training.task_recipes import TaskRecipes

PROG = "python -m training"
DEFAULT_RECIPE = "production"
MODELS, EXPERIMENTS, LECTURE_PAGE = Path("models"), Path("experiments"), Path("docs/lecture.md")
COMPARISON_PAGE = EXPERIMENTS / "comparison.md"
MAX_COMPARED = 26
# A task cannot have the name of one of these.
COMMANDS = {
    "new": "write a task and a recipe for a new data file",
    "evaluate": "compare a recipe with other models on the same folds",
    "lecture": "run every experiment of the lecture and write the results",
    "sign": "sign a model with a private key",
    "verify": "check every file of a model, and its signature",
    "compare": "compare trained models: recipes, metrics, differences",
}


class OneLineParser(argparse.ArgumentParser):
    """Reports a usage error in one line, without the usage text; flags cannot be abbreviated."""

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_abbrev=False, **options)

    def error(self, message: str) -> NoReturn:
        """End with exit status 2."""
        self.exit(2, f"{self.prog}: {' '.join(message.split())}; --help lists the arguments\n")

    def add_file(self, flag: str, help_text: str, **options: Any) -> None:
        """Add a flag whose value is the path of a file."""
        self.add_argument(flag, type=Path, metavar="FILE", help=help_text, **options)


def split_tasks(argv: Sequence[str]) -> tuple[list[str], list[str]]:
    """Give the values of --tasks, which may stand anywhere, and the other arguments."""
    parser = OneLineParser(prog=PROG, add_help=False)
    parser.add_argument("--tasks", action="append", default=[], metavar="FOLDER")
    known, others = parser.parse_known_args(argv)
    return [name.strip() for text in known.tasks for name in text.split(",") if name.strip()], others


def build_parser(recipes_by_task: Mapping[str, TaskRecipes]) -> OneLineParser:
    """Build the parser: one command for each task, and the `COMMANDS`."""
    parser = OneLineParser(prog=PROG, description="Train, evaluate or sign a model.")
    parser.add_argument(
        "--tasks",
        metavar="FOLDER",
        help="a folder or package with more tasks/ and recipes/; several are separated by commas "
        f"(also: {VARIABLE})",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, task_recipes in recipes_by_task.items():
        _add_train_arguments(commands.add_parser(name, help=f"train the {name} model"), task_recipes)
    added = {name: commands.add_parser(name, help=text) for name, text in COMMANDS.items()}
    _add_new_arguments(added["new"])
    _add_evaluate_arguments(added["evaluate"], recipes_by_task)
    _add_compare_arguments(added["compare"])
    _add_lecture_arguments(added["lecture"], recipes_by_task)
    for name, kind in (("sign", "private"), ("verify", "public")):
        added[name].add_argument(
            "folder", type=Path, metavar="FOLDER", help="a version, such as models/TASK/1"
        )
        added[name].add_file("--key", f"Ed25519 {kind} key in PEM format", required=name == "sign")
    return parser


def _add_train_arguments(parser: OneLineParser, task_recipes: TaskRecipes) -> None:
    is_builtin = task_recipes.builtin_data is not None
    default = " (default: the data that comes with scikit-learn)" if is_builtin else ""
    parser.add_file("--data", f"CSV file with a header line{default}", required=not is_builtin)
    parser.add_argument(
        "--recipe",
        choices=list(task_recipes.recipes),
        default=DEFAULT_RECIPE,
        help="recipe to start from (default: %(default)s)",
    )
    parser.add_argument(
        "--out",
        type=_folder,
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
    parser.add_argument(
        "--log",
        choices=LOG_KINDS,
        help=f"also log every epoch and the final metrics to a folder below {RUNS}/: for TensorBoard, or for "
        "MLflow unless MLFLOW_TRACKING_URI names a server; needs the extra of the same name",
    )
    add_recipe_flags(parser, task_recipes)


def _add_new_arguments(parser: OneLineParser) -> None:
    parser.add_argument("name", metavar="NAME", help="name of the task: a-z, 0-9 and _")
    parser.add_file("--data", "CSV file with a header line", required=True)
    parser.add_argument("--target", metavar="COLUMN", required=True, help="column that is predicted")
    parser.add_argument(
        "--positive", metavar="VALUE", help="of two classes, the one whose probability is given"
    )
    parser.add_argument("--id", metavar="COLUMN", help="column that identifies a row, which is not used")


def _add_evaluate_arguments(parser: OneLineParser, recipes_by_task: Mapping[str, TaskRecipes]) -> None:
    binary = [name for name, recipes in recipes_by_task.items() if recipes.task.kind == "binary"]
    parser.add_argument("task", choices=binary, help="a binary task")
    parser.add_file("--data", "CSV file with a header line", required=True)
    parser.add_argument("--recipe", default=DEFAULT_RECIPE, help="recipe to evaluate (default: %(default)s)")
    parser.add_file("--page", "Markdown file to write")
    parser.add_argument(
        "--quick",
        action="store_true",
        help="5 folds, without other recipes and boosted trees; needs no extra packages",
    )


def _add_compare_arguments(parser: OneLineParser) -> None:
    parser.add_argument("first", type=Path, metavar="A", help="a version, such as models/TASK/1")
    parser.add_argument("others", type=Path, nargs="+", metavar="B", help="more versions of the same task")
    parser.add_file("--data", "CSV file that the models were trained on; adds paired differences")
    parser.add_file("--page", "Markdown file to write (default: %(default)s)", default=COMPARISON_PAGE)


def _add_lecture_arguments(parser: OneLineParser, recipes_by_task: Mapping[str, TaskRecipes]) -> None:
    tasks = " and ".join(
        name
        for name, recipes in recipes_by_task.items()
        if recipes.experiments and recipes.builtin_data is None
    )
    data_help = f"CSV file of the task {tasks}; the other tasks have built-in data"
    page_help = "page to write; its figures go to a folder of the same name (default: %(default)s)"
    parser.add_file("--data", data_help, required=True)
    parser.add_file("--page", page_help, default=LECTURE_PAGE)


def _folder(text: str) -> Path:
    if not text.strip():
        raise argparse.ArgumentTypeError("must name a folder")
    return Path(text)

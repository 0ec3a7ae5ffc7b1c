"""The page of the lecture: the results of its experiments, beside those that the lecture printed."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console

from predictor.artefact.card.markdown_table import Markdown, table
from training.data.dataset import DataSet, read_data
from training.evaluation.markdown_page import check_writable, page_errors
from training.evaluation.plots import draw_losses
from training.lecture.formatters import FORMATTERS, Outcome, four_decimals
from training.recipe import change_recipe
from training.run import TrainingResult, train
from training.task_recipes import TaskRecipes

SEEDS = 6
INTRODUCTION = """# The lecture, reproduced

Written by `make lecture`; do not edit. Each row is the result of the command in its heading with the
row's flags. The numbers after "validation" and "test" are loss, PR-AUC, accuracy and ROC-AUC; our PR-AUC
is the average precision. The lecture's seed does not fix its initial weights, so its results are one draw
from a distribution over seeds, and so are ours; tables of several seeds show the spread. The seed of a
recipe with such a table was chosen after several were tried: it decides at which epoch the noisy
validation metric has its maximum, and so when training stops. The line below the table compares it
with the other seeds.
"""


class ExperimentRunner:
    """Trains the experiments of one task; experiments with the same recipe share one run."""

    def __init__(self, task_recipes: TaskRecipes, data: DataSet) -> None:
        self.task_recipes = task_recipes
        self._data = data
        self._results: dict[str, TrainingResult] = {}

    def print_notes(self, console: Console) -> None:
        """Print what is unusual about the data."""
        for note in self._data.notes:
            console.print(note, soft_wrap=True)

    def run(self, changes: dict[str, object]) -> TrainingResult:
        """Train the recipe `lecture` with these changes, unless that was done before."""
        recipe = change_recipe(self.task_recipes.recipes["lecture"], changes)
        key = recipe.model_dump_json()
        if key not in self._results:
            self._results[key] = train(recipe, self._data)
        return self._results[key]


def write_lecture(
    recipes_by_task: Mapping[str, TaskRecipes], data: Path, page: Path, console: Console
) -> None:
    """Run the experiments of every task and write the page, its figures in a folder of the same name."""
    runners = [
        ExperimentRunner(
            recipes, recipes.builtin_data() if recipes.builtin_data else read_data(data, recipes.task)
        )
        for recipes in recipes_by_task.values()
        if recipes.experiments
    ]
    for runner in runners:
        runner.print_notes(console)
    check_writable(page)
    figures = page.with_suffix("")
    sections = [INTRODUCTION]
    with page_errors(page):
        figures.mkdir(exist_ok=True)
        for runner in runners:
            sections.append(_experiments(runner, figures, console))
            sections += [_seed_spread(runner, changes) for changes in runner.task_recipes.seed_spread]
        draw_losses(figures / "losses.svg")
        sections.append(f"## Rule 18: why cross-entropy\n\n![losses]({figures.name}/losses.svg)\n")
        page.write_text("\n".join(sections), encoding="utf-8")
    console.print(f"Wrote {page}.", soft_wrap=True)


def _experiments(runner: ExperimentRunner, figures: Path, console: Console) -> str:
    task_recipes = runner.task_recipes
    console.print(f"{task_recipes.task.title}: {len(task_recipes.experiments)} experiments")
    rows = []
    for experiment in task_recipes.experiments:
        outcome = Outcome(runner.run(experiment.changes), experiment.threshold, figures)
        text = FORMATTERS[experiment.formatter](outcome)
        rows.append((experiment.row, experiment.title, _flags(experiment.changes), experiment.printed, text))
        console.print(f"{experiment.row:3d}  {experiment.title}: {text}", soft_wrap=True)
    data = "" if task_recipes.builtin_data else " --data FILE"
    command = f"`.venv/bin/python -m training {task_recipes.task.name}{data} --recipe lecture` and the flags"
    results = table(("#", "experiment", "flags", "the lecture printed", "here"), rows)
    return f"## {task_recipes.task.title}: {command}\n\n{results}\n"


def _flags(changes: dict[str, object]) -> str:
    flags = " ".join(f"--{name.replace('_', '-')} {value}" for name, value in changes.items())
    return Markdown(f"`{flags}`" if flags else "(none)")


def _seed_spread(runner: ExperimentRunner, changes: dict[str, object]) -> str:
    results = [runner.run({**changes, "seed": seed}) for seed in range(SEEDS)]
    headings = ("seed", "epochs run", "AP", "ROC-AUC", "Brier", "at 0.5", "at 0.3")
    return (
        f"### Spread over {SEEDS} seeds on the test rows, flags: {_flags(changes)}\n\n"
        f"{table(headings, map(_seed_row, results))}\n\n"
        f"{_compare_seeds(runner.run(changes), results)}\n"
    )


def _seed_row(result: TrainingResult) -> list[str | int]:
    found = result.test.metrics()
    return [
        result.recipe.seed,
        len(result.history.epochs),
        *(four_decimals(found[name]) for name in ("pr_auc", "roc_auc", "brier")),
        *(str(result.test.confusion(threshold)) for threshold in (0.5, 0.3)),
    ]


def _compare_seeds(own: TrainingResult, results: Sequence[TrainingResult]) -> str:
    own_precision = own.test.metrics()["pr_auc"]
    others = [result.test.metrics()["pr_auc"] for result in results if result.recipe.seed != own.recipe.seed]
    higher = sum(precision > own_precision for precision in others)
    lower = sum(precision < own_precision for precision in others)
    return (
        f"The recipe's seed is {own.recipe.seed}. Of the {len(others)} other seeds, {higher} have a higher "
        f"average precision on the test rows and {lower} a lower one."
    )

"""The page of the lecture: the results of its experiments, beside those that the lecture printed."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console

from training.data.dataset import read_data
from training.evaluation.markdown_page import check_writable, page_error, write_page
from training.evaluation.plots import draw_losses
from training.learning.metrics import brier, confusion, pr_auc, roc_auc
from training.lecture.experiments import ExperimentRunner
from training.lecture.formatters import Outcome, format_outcome, four_decimals
from training.run import TrainingResult
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


def write_lecture(
    recipes_by_task: Mapping[str, TaskRecipes], data: Path, page: Path, console: Console
) -> None:
    """Run the experiments of every task and write the page, its figures in a folder of the same name."""
    runners = [
        ExperimentRunner(
            task_recipes,
            task_recipes.builtin_data() if task_recipes.builtin_data else read_data(data, task_recipes.task),
        )
        for task_recipes in recipes_by_task.values()
        if task_recipes.experiments
    ]
    check_writable(page)
    figures = page.with_suffix("")
    try:
        figures.mkdir(exist_ok=True)
        sections = [INTRODUCTION]
        for runner in runners:
            sections.append(_experiments(runner, figures, console))
            sections += [_seed_spread(runner, changes) for changes in runner.task_recipes.seed_spread]
        draw_losses(figures / "losses.svg")
    except OSError as error:
        raise page_error(page, error) from None
    sections.append(f"## Rule 18: why cross-entropy\n\n![losses]({figures.name}/losses.svg)\n")
    write_page(page, "\n".join(sections))
    console.print(f"Wrote {page}.", soft_wrap=True)


def _experiments(runner: ExperimentRunner, figures: Path, console: Console) -> str:
    task_recipes = runner.task_recipes
    console.print(f"{task_recipes.task.title}: {len(task_recipes.experiments)} experiments")
    lines = ["| # | experiment | flags | the lecture printed | here |", "|---|---|---|---|---|"]
    for experiment in task_recipes.experiments:
        result = format_outcome(Outcome(experiment, runner.run(experiment.changes), figures))
        flags = _flags(experiment.changes)
        lines.append(_line(str(experiment.row), experiment.title, flags, experiment.printed, result))
        console.print(f"{experiment.row:3d}  {experiment.title}: {result}", soft_wrap=True)
    data = "" if task_recipes.builtin_data else " --data FILE"
    command = f"`.venv/bin/python -m training {task_recipes.task.name}{data} --recipe lecture` and the flags"
    return f"## {task_recipes.task.title}: {command}\n\n" + "\n".join(lines) + "\n"


def _flags(changes: dict[str, object]) -> str:
    flags = " ".join(f"--{name.replace('_', '-')} {value}" for name, value in changes.items())
    return f"`{flags}`" if flags else "(none)"


def _seed_spread(runner: ExperimentRunner, changes: dict[str, object]) -> str:
    results = [runner.run({**changes, "seed": seed}).result for seed in range(SEEDS)]
    lines = [
        f"### Spread over {SEEDS} seeds on the test rows, flags: {_flags(changes)}",
        "",
        "| seed | epochs run | AP | ROC-AUC | Brier | at 0.5 | at 0.3 |",
        "|---|---|---|---|---|---|---|",
        *(_seed_line(result) for result in results),
        "",
        _compare_seeds(runner.run(changes).result, results),
        "",
    ]
    return "\n".join(lines)


def _seed_line(result: TrainingResult) -> str:
    labels_B, probabilities_BC = result.test.labels_B, result.test.probabilities_BC
    return _line(
        str(result.recipe.seed),
        str(len(result.history.epochs)),
        *(four_decimals(metric(labels_B, probabilities_BC)) for metric in (pr_auc, roc_auc, brier)),
        *(str(confusion(labels_B, probabilities_BC[:, 0] >= threshold)) for threshold in (0.5, 0.3)),
    )


def _compare_seeds(own: TrainingResult, results: Sequence[TrainingResult]) -> str:
    own_precision = own.test.metrics()["pr_auc"]
    others = [result.test.metrics()["pr_auc"] for result in results if result.recipe.seed != own.recipe.seed]
    higher = sum(precision > own_precision for precision in others)
    lower = sum(precision < own_precision for precision in others)
    return (
        f"The recipe's seed is {own.recipe.seed}. Of the {len(others)} other seeds, {higher} have a higher "
        f"average precision on the test rows and {lower} a lower one."
    )


def _line(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"

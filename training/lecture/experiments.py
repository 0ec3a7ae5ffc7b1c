"""The lecture, reproduced: every experiment run again, its figures beside the lecture's on one page."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console

from training.data.dataset import DataSet, read_data
from training.evaluation.markdown_page import cannot_write, check_writable, write_page
from training.evaluation.plots import draw_confusions, draw_curves, draw_learning_curves, draw_losses
from training.learning.metrics import brier, confusion, pr_auc, roc_auc
from training.recipe import Recipe, change_recipe
from training.run import TrainingResult, train
from training.task_recipes import Experiment, TaskRecipes

SEEDS = 6
INTRODUCTION = """# The lecture, reproduced

Written by `make lecture`; do not edit. Each row can be had by the command beside it. Numbers after
"validation" and "test" are loss, PR-AUC, accuracy, ROC-AUC; ours of PR-AUC are average precision.
The lecture's seed does not fix its weights, so its figures are one draw from a scatter like the one
measured at the end of this page, and so are ours. The seed of a recipe that has such a table was
chosen after seeing several: it decides how late the noise of the validation score peaks, and so when
training stops. Under the table stands how the other seeds compare with it.
"""


@dataclass(frozen=True)
class Run:
    """A trained model and the seconds that it took."""

    result: TrainingResult
    seconds: float


@dataclass(frozen=True)
class Finding:
    """What a line of the page tells: the run, the experiment it is of, and where its figures go."""

    run: Run
    experiment: Experiment
    figures: Path


class Laboratory:
    """Runs experiments of one task; those that share a recipe share the run."""

    def __init__(self, task_recipes: TaskRecipes, data: DataSet) -> None:
        self.task_recipes = task_recipes
        self._data = data
        self._runs: dict[str, Run] = {}

    def run(self, changes: dict[str, object]) -> Run:
        """Train the lecture's recipe with changes, or give the run that already did."""
        recipe = change_recipe(self.task_recipes.recipes["lecture"], changes)
        key = recipe.model_dump_json()
        if key not in self._runs:
            self._runs[key] = self._train(recipe)
        return self._runs[key]

    def _train(self, recipe: Recipe) -> Run:
        started = time.perf_counter()
        result = train(self.task_recipes.task, recipe, self._data, "cpu", lambda _epoch, _stopping: None)
        return Run(result, time.perf_counter() - started)


def write_lecture(recipes_by_task: dict[str, TaskRecipes], data: Path, page: Path, console: Console) -> None:
    """Run all experiments of all books and write the page, its figures in a folder of the same name."""
    laboratories = [
        Laboratory(
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
        for laboratory in laboratories:
            sections.append(_section(laboratory, figures, console))
            sections += [_scatter(laboratory, changes) for changes in laboratory.task_recipes.scatter]
        draw_losses(figures / "losses.svg")
    except OSError as error:
        raise cannot_write(page, error) from None
    sections.append(f"## Rule 18: why cross-entropy\n\n![losses]({figures.name}/losses.svg)\n")
    write_page(page, "\n".join(sections))
    console.print(f"Wrote {page}.", highlight=False, markup=False, soft_wrap=True)


def _section(laboratory: Laboratory, figures: Path, console: Console) -> str:
    task_recipes = laboratory.task_recipes
    console.print(f"{task_recipes.task.title}: {len(task_recipes.experiments)} experiments", highlight=False)
    lines = [
        "| # | experiment | flags | the lecture printed | here |",
        "|---|---|---|---|---|",
    ]
    for experiment in task_recipes.experiments:
        run = laboratory.run(experiment.changes)
        told = TELLERS[experiment.tells](Finding(run, experiment, figures))
        cells = (str(experiment.row), experiment.title, _flags(experiment.changes), experiment.printed, told)
        lines.append("| " + " | ".join(cells) + " |")
        console.print(
            f"{experiment.row:3d}  {experiment.title}: {told}", highlight=False, markup=False, soft_wrap=True
        )
    data = "" if task_recipes.builtin_data else " --data FILE"
    command = f"`.venv/bin/python -m training {task_recipes.task.name}{data} --recipe lecture` and the flags"
    return f"## {task_recipes.task.title}: {command}\n\n" + "\n".join(lines) + "\n"


def _flags(changes: dict[str, object]) -> str:
    flags = " ".join(f"--{name.replace('_', '-')} {value}" for name, value in changes.items())
    return f"`{flags}`" if flags else "(none)"


def _losses(found: Finding) -> str:
    return "training loss " + " ".join(_short(epoch.loss) for epoch in found.run.result.history.epochs)


def _accuracies(found: Finding) -> str:
    return "accuracy " + " ".join(_short(epoch.accuracy) for epoch in found.run.result.history.epochs)


def _losses_and_accuracies(found: Finding) -> str:
    return _losses(found) + "; " + _accuracies(found)


def _overfitting(found: Finding) -> str:
    losses = [epoch.validation["loss"] for epoch in found.run.result.history.epochs]
    best = int(np.argmin(losses))
    return (
        f"{found.run.seconds:.1f} s; validation loss {_short(losses[best])} at epoch {best + 1}, "
        f"{_short(losses[-1])} at epoch {len(losses)}"
    )


def _stopping(found: Finding) -> str:
    history = found.run.result.history
    held_out, test = found.run.result.held_out.metrics(), found.run.result.test.metrics()
    return (
        f"stops at {len(history.epochs)}, best epoch {history.best_epoch}, {found.run.seconds:.1f} s; "
        f"validation {_four(held_out)}; test {_four(test)}"
    )


def _test_figures(found: Finding) -> str:
    test = found.run.result.test.metrics()
    return (
        f"{len(found.run.result.history.epochs)} epochs, {found.run.seconds:.2f} s; "
        f"test loss {_short(test['loss'])}, accuracy {_short(test['accuracy'])}"
    )


def _learning_curves(found: Finding) -> str:
    stopping = "stopped" if found.run.result.recipe.patience else "unstopped"
    path = found.figures / f"{found.run.result.task.name}_learning_curves_{stopping}.svg"
    draw_learning_curves(found.run.result.history, path)
    return f"![learning curves]({found.figures.name}/{path.name})"


def _curves(found: Finding) -> str:
    path = found.figures / f"{found.run.result.task.name}_roc_and_pr.svg"
    draw_curves(found.run.result.task, found.run.result.test, path)
    return f"![ROC and precision-recall]({found.figures.name}/{path.name})"


def _confusion(found: Finding) -> str:
    result, at = found.run.result, found.experiment.at
    path = found.figures / f"{result.task.name}_confusion_at_{at}.svg"
    draw_confusions(result.task, result.test, {"at": at}, path)
    matrix = confusion(result.test.labels_B, result.test.probabilities_BC[:, 0] >= at)
    return f"{matrix} ![confusion matrix at {at}]({found.figures.name}/{path.name})"


def _first_rows(found: Finding) -> str:
    rows_BC = found.run.result.test.probabilities_BC[:4]
    names = [found.run.result.task.classes[place] for place in rows_BC.argmax(axis=1)]
    told = ", ".join("(" + ", ".join(f"{value:.2g}" for value in given) + ")" for given in rows_BC)
    return f"{told}; {', '.join(names)}"


TELLERS: dict[str, Callable[[Finding], str]] = {
    "losses": _losses,
    "accuracies": _accuracies,
    "losses_and_accuracies": _losses_and_accuracies,
    "overfitting": _overfitting,
    "stopping": _stopping,
    "test_figures": _test_figures,
    "learning_curves": _learning_curves,
    "curves": _curves,
    "confusion": _confusion,
    "first_rows": _first_rows,
}


def _scatter(laboratory: Laboratory, changes: dict[str, object]) -> str:
    title = f"### The scatter over {SEEDS} seeds on the test part, flags: {_flags(changes)}"
    headings = "| seed | epochs run | AP | ROC-AUC | Brier | at 0.5 | at 0.3 |\n|---|---|---|---|---|---|---|"
    seeds = [laboratory.run({**changes, "seed": seed}).result for seed in range(SEEDS)]
    rows = [_seed_row(result) for result in seeds]
    own = _own_seed(laboratory.run(changes).result, seeds)
    return f"{title}\n\n{headings}\n" + "\n".join(rows) + f"\n\n{own}\n"


def _own_seed(own: TrainingResult, seeds: Sequence[TrainingResult]) -> str:
    seed, precision = own.recipe.seed, own.test.metrics()["pr_auc"]
    others = [result.test.metrics()["pr_auc"] for result in seeds if result.recipe.seed != seed]
    higher, export_weights = (np.array(others) > precision).sum(), (np.array(others) < precision).sum()
    return (
        f"The recipe's own seed is {seed}. The average precision on the test part is higher with {higher} of "
        f"the {len(others)} others, lower with {export_weights}."
    )


def _seed_row(result: TrainingResult) -> str:
    labels_B, probabilities_BC = result.test.labels_B, result.test.probabilities_BC
    cells = (
        str(result.recipe.seed),
        str(len(result.history.epochs)),
        *(_short(metric(labels_B, probabilities_BC)) for metric in (pr_auc, roc_auc, brier)),
        *(str(confusion(labels_B, probabilities_BC[:, 0] >= threshold)) for threshold in (0.5, 0.3)),
    )
    return "| " + " | ".join(cells) + " |"


def _four(found: dict[str, float]) -> str:
    return " ".join(_short(found[name]) for name in ("loss", "pr_auc", "accuracy", "roc_auc"))


def _short(value: float) -> str:
    return f"{value:.4f}".removeprefix("0")

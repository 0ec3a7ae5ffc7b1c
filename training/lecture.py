"""The lecture, reproduced: every experiment run again, its figures beside the lecture's on one page."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console

from training.arguments import change_recipe
from training.data import read_data
from training.figures import draw_curves, draw_learning_curves, draw_losses
from training.metrics import brier, confusion, pr_auc, roc_auc
from training.recipe import Experiment, Recipe, RecipeBook
from training.run import Trained, train

SEEDS = 6
INTRODUCTION = """# The lecture, reproduced

Written by `make lecture`; do not edit. Each row can be had by the command beside it. Numbers after
"validation" and "test" are loss, PR-AUC, accuracy, ROC-AUC; ours of PR-AUC are average precision.
The lecture's seed does not fix its weights, so its figures are one draw from a scatter like the one
measured at the end of this page, and so are ours.
"""


@dataclass(frozen=True)
class Run:
    """A trained model and the seconds that it took."""

    trained: Trained
    seconds: float


@dataclass(frozen=True)
class Row:
    """A row of the page: the run, the experiment it is of, and where its figures go."""

    run: Run
    experiment: Experiment
    figures: Path


class Laboratory:
    """Runs experiments of one task; those that share a recipe share the run."""

    def __init__(self, book: RecipeBook, data: Path) -> None:
        self.book = book
        self._data = book.builtin_data() if book.builtin_data else read_data(data, book.task)
        self._runs: dict[str, Run] = {}

    def run(self, changes: dict[str, object]) -> Run:
        """Train the lecture's recipe with changes, or give the run that already did."""
        recipe = change_recipe(self.book.recipes["lecture"], changes)
        key = recipe.model_dump_json()
        if key not in self._runs:
            self._runs[key] = self._train(recipe)
        return self._runs[key]

    def _train(self, recipe: Recipe) -> Run:
        started = time.perf_counter()
        trained = train(self.book.task, recipe, self._data, "cpu", lambda _epoch, _stopping: None)
        return Run(trained, time.perf_counter() - started)


def write_lecture(books: dict[str, RecipeBook], data: Path, page: Path, console: Console) -> None:
    """Run all experiments of all books and write the page, its figures in a folder of the same name."""
    figures = page.with_suffix("")
    figures.mkdir(parents=True, exist_ok=True)
    sections = [INTRODUCTION]
    for book in books.values():
        if book.experiments:
            laboratory = Laboratory(book, data)
            console.print(f"{book.task.title}: {len(book.experiments)} experiments", highlight=False)
            sections.append(_section(laboratory, figures, console))
            sections += [_scatter(laboratory, changes) for changes in book.scatter]
    draw_losses(figures / "losses.svg")
    sections.append(f"## Rule 18: why cross-entropy\n\n![losses]({figures.name}/losses.svg)\n")
    page.write_text("\n".join(sections), encoding="utf-8")
    console.print(f"Wrote {page}.", highlight=False)


def _section(laboratory: Laboratory, figures: Path, console: Console) -> str:
    lines = [
        "| # | experiment | flags after `--recipe lecture` | the lecture printed | here |",
        "|---|---|---|---|---|",
    ]
    for experiment in laboratory.book.experiments:
        run = laboratory.run(experiment.changes)
        told = TELLERS[experiment.tells](Row(run, experiment, figures))
        cells = (str(experiment.row), experiment.title, _flags(experiment.changes), experiment.printed, told)
        lines.append("| " + " | ".join(cells) + " |")
        console.print(
            f"{experiment.row:3d}  {experiment.title}: {told}", highlight=False, markup=False, soft_wrap=True
        )
    command = f"`python -m training {laboratory.book.task.name}`"
    return f"## {laboratory.book.task.title}: {command}\n\n" + "\n".join(lines) + "\n"


def _flags(changes: dict[str, object]) -> str:
    flags = " ".join(f"--{name.replace('_', '-')} {value}" for name, value in changes.items())
    return f"`{flags}`" if flags else ""


def _losses(row: Row) -> str:
    return "training loss " + " ".join(_short(epoch.loss) for epoch in row.run.trained.history.epochs)


def _accuracies(row: Row) -> str:
    return "accuracy " + " ".join(_short(epoch.accuracy) for epoch in row.run.trained.history.epochs)


def _losses_and_accuracies(row: Row) -> str:
    return _losses(row) + "; " + _accuracies(row)


def _overfitting(row: Row) -> str:
    losses = [epoch.validation["loss"] for epoch in row.run.trained.history.epochs]
    best = int(np.argmin(losses))
    return (
        f"{row.run.seconds:.1f} s; validation loss {_short(losses[best])} at epoch {best + 1}, "
        f"{_short(losses[-1])} at epoch {len(losses)}"
    )


def _stopping(row: Row) -> str:
    history = row.run.trained.history
    held_out, test = row.run.trained.held_out.metrics(), row.run.trained.test.metrics()
    return (
        f"stops at {len(history.epochs)}, best epoch {history.kept_epoch}, {row.run.seconds:.1f} s; "
        f"validation {_four(held_out)}; test {_four(test)}"
    )


def _test_figures(row: Row) -> str:
    found = row.run.trained.test.metrics()
    return (
        f"{len(row.run.trained.history.epochs)} epochs, {row.run.seconds:.2f} s; "
        f"test loss {_short(found['loss'])}, accuracy {_short(found['accuracy'])}"
    )


def _learning_curves(row: Row) -> str:
    stopping = "stopped" if row.run.trained.recipe.patience else "unstopped"
    path = row.figures / f"{row.run.trained.task.name}_learning_curves_{stopping}.svg"
    draw_learning_curves(row.run.trained.history, path)
    return f"![learning curves]({row.figures.name}/{path.name})"


def _curves(row: Row) -> str:
    path = row.figures / f"{row.run.trained.task.name}_roc_and_pr.svg"
    draw_curves(row.run.trained.task, row.run.trained.test, path)
    return f"![ROC and precision-recall]({row.figures.name}/{path.name})"


def _confusion(row: Row) -> str:
    test = row.run.trained.test
    return str(confusion(test.labels_B, test.probabilities_BC[:, 0] >= row.experiment.at))


def _first_rows(row: Row) -> str:
    rows_BC = row.run.trained.test.probabilities_BC[:4]
    names = [row.run.trained.task.classes[place] for place in rows_BC.argmax(axis=1)]
    told = ", ".join("(" + ", ".join(f"{value:.2g}" for value in given) + ")" for given in rows_BC)
    return f"{told}; {', '.join(names)}"


TELLERS: dict[str, Callable[[Row], str]] = {
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
    title = f"### The scatter over {SEEDS} seeds: {_flags(changes) or '`--recipe lecture` as it is'}"
    headings = "| seed | epochs run | AP | ROC-AUC | Brier | at 0.5 | at 0.3 |\n|---|---|---|---|---|---|---|"
    rows = [_seed_row(laboratory.run({**changes, "seed": seed}).trained) for seed in range(SEEDS)]
    return f"{title}, test part\n\n{headings}\n" + "\n".join(rows) + "\n"


def _seed_row(trained: Trained) -> str:
    labels_B, probabilities_BC = trained.test.labels_B, trained.test.probabilities_BC
    cells = (
        str(trained.recipe.seed),
        str(len(trained.history.epochs)),
        *(_short(metric(labels_B, probabilities_BC)) for metric in (pr_auc, roc_auc, brier)),
        *(str(confusion(labels_B, probabilities_BC[:, 0] >= threshold)) for threshold in (0.5, 0.3)),
    )
    return "| " + " | ".join(cells) + " |"


def _four(found: dict[str, float]) -> str:
    return " ".join(_short(found[name]) for name in ("loss", "pr_auc", "accuracy", "roc_auc"))


def _short(value: float) -> str:
    return f"{value:.4f}".removeprefix("0")

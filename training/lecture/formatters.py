"""The results of the lecture's experiments as text: one function for each kind of experiment."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from training.evaluation.plots import draw_confusions, draw_curves, draw_learning_curves
from training.learning.metrics import confusion
from training.lecture.experiments import Run
from training.task_recipes import Experiment


@dataclass(frozen=True)
class Outcome:
    """An experiment, its run, and the folder for its figures."""

    experiment: Experiment
    run: Run
    figures: Path


def format_outcome(outcome: Outcome) -> str:
    """Write the result as Markdown by the experiment's formatter, and draw its figure, if it has one."""
    return FORMATTERS[outcome.experiment.formatter](outcome)


def four_decimals(value: float) -> str:
    """Write a number with four decimals, and as .1234 below 1."""
    return f"{value:.4f}".removeprefix("0")


def _losses(outcome: Outcome) -> str:
    losses = [four_decimals(epoch.loss) for epoch in outcome.run.result.history.epochs]
    return "training loss " + " ".join(losses)


def _accuracies(outcome: Outcome) -> str:
    accuracies = [four_decimals(epoch.accuracy) for epoch in outcome.run.result.history.epochs]
    return "accuracy " + " ".join(accuracies)


def _losses_and_accuracies(outcome: Outcome) -> str:
    return _losses(outcome) + "; " + _accuracies(outcome)


def _overfitting(outcome: Outcome) -> str:
    losses = [epoch.validation["loss"] for epoch in outcome.run.result.history.epochs]
    best = int(np.argmin(losses))
    return (
        f"{outcome.run.seconds:.1f} s; validation loss {four_decimals(losses[best])} at epoch {best + 1}, "
        f"{four_decimals(losses[-1])} at epoch {len(losses)}"
    )


def _stopping(outcome: Outcome) -> str:
    result = outcome.run.result
    return (
        f"stops at {len(result.history.epochs)}, best epoch {result.history.best_epoch}, "
        f"{outcome.run.seconds:.1f} s; "
        f"validation {_metrics(result.validation.metrics())}; test {_metrics(result.test.metrics())}"
    )


def _metrics(found: Mapping[str, float]) -> str:
    return " ".join(four_decimals(found[name]) for name in ("loss", "pr_auc", "accuracy", "roc_auc"))


def _test_figures(outcome: Outcome) -> str:
    test = outcome.run.result.test.metrics()
    return (
        f"{len(outcome.run.result.history.epochs)} epochs, {outcome.run.seconds:.2f} s; "
        f"test loss {four_decimals(test['loss'])}, accuracy {four_decimals(test['accuracy'])}"
    )


def _learning_curves(outcome: Outcome) -> str:
    stopping = "stopped" if outcome.run.result.recipe.patience else "unstopped"
    path = outcome.figures / f"{outcome.run.result.task.name}_learning_curves_{stopping}.svg"
    draw_learning_curves(outcome.run.result.history, path)
    return _picture("learning curves", path)


def _curves(outcome: Outcome) -> str:
    path = outcome.figures / f"{outcome.run.result.task.name}_roc_and_pr.svg"
    draw_curves(outcome.run.result.task, outcome.run.result.test, path)
    return _picture("ROC and precision-recall", path)


def _confusion(outcome: Outcome) -> str:
    result, threshold = outcome.run.result, outcome.experiment.threshold
    path = outcome.figures / f"{result.task.name}_confusion_at_{threshold}.svg"
    draw_confusions(result.task, result.test, {"at": threshold}, path)
    matrix = confusion(result.test.labels_B, result.test.probabilities_BC[:, 0] >= threshold)
    return f"{matrix} {_picture(f'confusion matrix at {threshold}', path)}"


def _picture(description: str, path: Path) -> str:
    return f"![{description}]({path.parent.name}/{path.name})"


def _first_rows(outcome: Outcome) -> str:
    rows_BC = outcome.run.result.test.probabilities_BC[:4]
    names = [outcome.run.result.task.classes[label] for label in rows_BC.argmax(axis=1)]
    rows = ["(" + ", ".join(f"{value:.2g}" for value in row) + ")" for row in rows_BC]
    return f"{', '.join(rows)}; {', '.join(names)}"


FORMATTERS: dict[str, Callable[[Outcome], str]] = {
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

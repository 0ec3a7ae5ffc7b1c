"""The results of the lecture's experiments as text: one function for each kind of experiment."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from training.evaluation.learning_curves import draw_learning_curves
from training.evaluation.plots import draw_confusions, draw_curves
from training.run import ScoredRows, TrainingResult


@dataclass(frozen=True)
class Outcome:
    """The result of an experiment, the threshold of its confusion matrix, and the folder for its figures."""

    result: TrainingResult
    threshold: float
    figures: Path


def four_decimals(*values: float) -> str:
    """Write numbers with four decimals, and as .1234 below 1."""
    return " ".join(f"{value:.4f}".removeprefix("0") for value in values)


def _losses(outcome: Outcome) -> str:
    return "training loss " + four_decimals(*(epoch.loss for epoch in outcome.result.history.epochs))


def _accuracies(outcome: Outcome) -> str:
    return "accuracy " + four_decimals(*(epoch.accuracy for epoch in outcome.result.history.epochs))


def _losses_and_accuracies(outcome: Outcome) -> str:
    return _losses(outcome) + "; " + _accuracies(outcome)


def _overfitting(outcome: Outcome) -> str:
    losses = [epoch.validation["loss"] for epoch in outcome.result.history.epochs]
    best = int(np.argmin(losses))
    return (
        f"{outcome.result.seconds:.1f} s; validation loss {four_decimals(losses[best])} at epoch {best + 1}, "
        f"{four_decimals(losses[-1])} at epoch {len(losses)}"
    )


def _stopping(outcome: Outcome) -> str:
    result, history = outcome.result, outcome.result.history
    return (
        f"stops at {len(history.epochs)}, best epoch {history.best_epoch}, {result.seconds:.1f} s; "
        f"validation {_metrics(result.validation)}; test {_metrics(result.test)}"
    )


def _metrics(scored: ScoredRows) -> str:
    found = scored.metrics()
    return four_decimals(*(found[name] for name in ("loss", "pr_auc", "accuracy", "roc_auc")))


def _test_figures(outcome: Outcome) -> str:
    test = outcome.result.test.metrics()
    return (
        f"{len(outcome.result.history.epochs)} epochs, {outcome.result.seconds:.2f} s; "
        f"test loss {four_decimals(test['loss'])}, accuracy {four_decimals(test['accuracy'])}"
    )


def _learning_curves(outcome: Outcome) -> str:
    stopping = "stopped" if outcome.result.recipe.patience else "unstopped"
    path = outcome.figures / f"{outcome.result.task.name}_learning_curves_{stopping}.svg"
    draw_learning_curves(outcome.result.history, outcome.result.recipe, path)
    return _picture("learning curves", path)


def _curves(outcome: Outcome) -> str:
    path = outcome.figures / f"{outcome.result.task.name}_roc_and_pr.svg"
    draw_curves(outcome.result.task, outcome.result.test, path)
    return _picture("ROC and precision-recall", path)


def _confusion(outcome: Outcome) -> str:
    result, threshold = outcome.result, outcome.threshold
    path = outcome.figures / f"{result.task.name}_confusion_at_{threshold}.svg"
    draw_confusions(result.task, result.test, {"at": threshold}, path)
    return f"{result.test.confusion(threshold)} {_picture(f'confusion matrix at {threshold}', path)}"


def _picture(description: str, path: Path) -> str:
    return f"![{description}]({path.parent.name}/{path.name})"


def _first_rows(outcome: Outcome) -> str:
    rows_BC = outcome.result.test.probabilities_BC[:4]
    names = [outcome.result.task.classes[label] for label in rows_BC.argmax(axis=1)]
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

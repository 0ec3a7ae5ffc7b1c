"""The figures of a run as SVG files; the same run gives the same bytes.

Shapes: B rows, C outputs.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray
from sklearn.metrics import confusion_matrix, precision_recall_curve, roc_curve

from predictor.artefact.manifest import Manifest
from predictor.artefact.records import NetBenefit
from predictor.artefact.weights import Array
from predictor.engines.activations import class_probabilities
from predictor.schema.task import Task
from training.evaluation.effects.effect_panels import draw_effects
from training.evaluation.figure import (
    NAME_WIDTH,
    REFERENCE,
    fit_name,
    legend_inches,
    open_figure,
    place_legend,
)
from training.evaluation.learning_curves import draw_learning_curves
from training.learning.metrics import calibration_bins, pr_auc, roc_auc
from training.run import ScoredRows, TrainingResult

CALIBRATION_BINS = 10
# Characters of a class name that fit beside a cell of a matrix of few classes.
SHORT_NAME, FEW_CLASSES = 10, 3
# Inches of a panel below which two columns of names fit.
WITH_LEGEND_BELOW = 5.2


def draw_figures(result: TrainingResult, manifest: Manifest, folder: Path) -> None:
    """Draw every figure of the model card; the decision curve is for binary tasks alone."""
    folder.mkdir()
    points = manifest.thresholds.operating_points
    thresholds = {name: point.threshold for name, point in points.items()}
    draw_learning_curves(result.history, result.recipe, folder / "learning_curves.svg")
    draw_curves(result.task, result.test, folder / "roc_and_pr.svg")
    draw_confusions(result.task, result.test, thresholds, folder / "confusion.svg")
    draw_calibration(result.task, result.test, folder / "calibration.svg")
    if manifest.decision_curve:
        draw_decision_curve(manifest.decision_curve, folder / "decision_curve.svg")
    if manifest.effects:
        draw_effects(manifest.effects, manifest.observed_rates, folder / "effects.svg")


def draw_curves(task: Task, scored: ScoredRows, path: Path) -> None:
    """Draw ROC and precision-recall curves; of several classes, each against the rest."""
    curves = _one_against_rest(task, scored)
    names = [name for name, _, _ in curves]
    with open_figure(path, panels=2, below=legend_inches(names)) as (left, right):
        for name, labels_B, scores_B in curves:
            false_positive_rate, true_positive_rate, _ = roc_curve(labels_B, scores_B)
            precision, recall, _ = precision_recall_curve(labels_B, scores_B)
            left.plot(false_positive_rate, true_positive_rate, label=name)
            right.plot(recall, precision)
        left.plot([0, 1], [0, 1], **REFERENCE)
        area = roc_auc(scored.labels_B, scored.probabilities_BC)
        precision = pr_auc(scored.labels_B, scored.probabilities_BC)
        left.set(title=f"ROC, area {area:.3f}", xlabel="1 - specificity", ylabel="sensitivity")
        right.set(title=f"Precision-recall, average precision {precision:.3f}", ylim=(0, 1.02))
        right.set(xlabel="recall", ylabel="precision")
        if task.kind == "multiclass":
            place_legend(left, names)
        else:
            right.axhline(scored.labels_B.mean(), **REFERENCE)


def _one_against_rest(task: Task, scored: ScoredRows) -> Sequence[tuple[str, NDArray[np.bool], Array]]:
    columns_BC = class_probabilities(scored.probabilities_BC)
    indices = [1] if task.kind == "binary" else range(len(task.classes))
    return [(fit_name(task.classes[c]), scored.labels_B == c, columns_BC[:, c]) for c in indices]


def draw_confusions(task: Task, scored: ScoredRows, thresholds: dict[str, float], path: Path) -> None:
    """Draw a confusion matrix for each threshold, or one by the most probable class."""
    if task.kind == "binary":
        matrices = {
            _title(name, threshold): np.array(scored.confusion(threshold))
            for name, threshold in thresholds.items()
        }
    else:
        predicted_B = scored.probabilities_BC.argmax(axis=1)
        indices = range(len(task.classes))
        matrices = {"most probable class": confusion_matrix(scored.labels_B, predicted_B, labels=indices)}
    size = _matrix_inches(task.classes, max(int(matrix.max()) for matrix in matrices.values()))
    with open_figure(path, panels=len(matrices), width=size, height=size) as panels:
        for axes, (title, matrix) in zip(panels, matrices.items(), strict=True):
            axes.set(title=title, xlabel="predicted", ylabel="observed")
            _draw_matrix(axes, matrix, task.classes)


def _title(name: str, threshold: float) -> str:
    fitted, number = fit_name(name), f"({threshold:.3g})"
    is_short = len(fitted) + len(number) < NAME_WIDTH
    return f"{fitted} {number}" if is_short else f"{fitted}\n{number}"


def _matrix_inches(classes: Sequence[str], largest: int) -> float:
    """Give the side of a confusion matrix in which the counts and the names of the classes fit."""
    cell = max(0.4, 0.1 * len(str(largest)) + 0.1)
    longest = max(len(line) for name in classes for line in fit_name(name).split("\n"))
    return max(2.7, cell * len(classes) + 0.075 * longest + 0.8)


def _draw_matrix(axes: Axes, matrix: NDArray[np.int64], classes: Sequence[str]) -> None:
    axes.imshow(matrix / matrix.sum(axis=1, keepdims=True).clip(1), cmap="Blues", vmin=0, vmax=1.4)
    for (row, column), count in np.ndenumerate(matrix):
        axes.text(column, row, str(count), ha="center", va="center")
    names = [fit_name(name) for name in classes]
    # Short names fit below one another's cells; long ones would overlap.
    is_short = max(map(len, classes)) <= SHORT_NAME and len(classes) <= FEW_CLASSES
    axes.set_xticks(range(len(classes)), names, rotation=0 if is_short else 90)
    axes.set_yticks(range(len(classes)), names, rotation=90 if is_short else 0, va="center")


def draw_calibration(task: Task, scored: ScoredRows, path: Path) -> None:
    """Draw the observed share against the mean predicted probability, in bins with equal numbers of rows."""
    curves = _one_against_rest(task, scored)
    names = [name for name, _, _ in curves]
    below = legend_inches(names)
    width = WITH_LEGEND_BELOW if below else 4.2
    with open_figure(path, panels=1, width=width, height=3.8, below=below) as (axes,):
        for name, labels_B, scores_B in curves:
            predicted, observed, _ = calibration_bins(scores_B, labels_B, CALIBRATION_BINS)
            axes.plot(predicted, observed, marker="o", markersize=3.5, label=name)
        limit = axes.get_xlim()[1]
        axes.plot([0, limit], [0, limit], **REFERENCE)
        axes.set(title=f"Calibration, {CALIBRATION_BINS} bins of equal size")
        axes.set(xlabel="mean predicted probability", ylabel="observed share")
        if task.kind == "multiclass":
            place_legend(axes, names)


def draw_decision_curve(curve: Sequence[NetBenefit], path: Path) -> None:
    """Draw the net benefit of the model, of flagging every row and of flagging no row.

    Beside it is what the model adds to the better of the last two, in its own scale.
    """
    thresholds = [point.threshold for point in curve]
    gains = [point.model - max(point.flag_all, 0.0) for point in curve]
    with open_figure(path, panels=2) as (left, right):
        left.plot(thresholds, [point.model for point in curve], label="model")
        left.plot(thresholds, [point.flag_all for point in curve], label="flag every row")
        left.axhline(0, **REFERENCE, label="flag no row")
        left.set(title="Decision curve", xlabel="threshold", ylabel="net benefit")
        left.legend()
        right.plot(thresholds, gains)
        right.axhline(0, **REFERENCE)
        right.set(title="Gain over flagging every or no row", xlabel="threshold")
        right.set(ylabel="difference in net benefit")


def draw_losses(path: Path) -> None:
    """Draw the losses of one row against the predicted probability of its true class."""
    probabilities = np.linspace(0.001, 0.999, 999)
    with open_figure(path, panels=1, width=4.2) as (axes,):
        axes.plot(probabilities, -np.log(probabilities), label="cross entropy")
        axes.plot(probabilities, (1 - probabilities) ** 2, label="squared error")
        axes.set(title="Loss of one row", xlabel="predicted probability of the true class", ylabel="loss")
        axes.legend()

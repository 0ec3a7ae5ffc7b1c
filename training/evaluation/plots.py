"""The figures of a run as SVG files; the same run gives the same bytes.

Shapes: B rows, C outputs.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.rcsetup import cycler
from numpy.typing import NDArray
from sklearn.metrics import confusion_matrix, precision_recall_curve, roc_curve

from predictor.artefact.manifest import Manifest
from predictor.artefact.records import NetBenefit
from predictor.artefact.weights import Array
from predictor.engines.activations import class_probabilities
from predictor.schema.task import Task
from training.learning.metrics import calibration_bins, pr_auc, roc_auc
from training.learning.trainer import History
from training.run import ScoredRows, TrainingResult

STYLE: Any = {
    "svg.hashsalt": "training",
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 9,
    "axes.edgecolor": "#222222",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 10,
    "axes.prop_cycle": cycler(color=["#0b6e99", "#d1495b", "#edae49", *mpl.color_sequences["Dark2"]]),
    "legend.frameon": False,
    "lines.linewidth": 1.4,
}
REFERENCE: Any = {"color": "#b8b8b8", "linestyle": ":"}
CALIBRATION_BINS = 10


def draw_figures(result: TrainingResult, manifest: Manifest, folder: Path) -> None:
    """Draw every figure of the model card; the decision curve is for binary tasks alone."""
    folder.mkdir()
    points = manifest.thresholds.operating_points
    thresholds = {name: point.threshold for name, point in points.items()}
    draw_learning_curves(result.history, folder / "learning_curves.svg")
    draw_curves(result.task, result.test, folder / "roc_and_pr.svg")
    draw_confusions(result.task, result.test, thresholds, folder / "confusion.svg")
    draw_calibration(result.task, result.test, folder / "calibration.svg")
    if manifest.decision_curve:
        draw_decision_curve(manifest.decision_curve, folder / "decision_curve.svg")


@contextmanager
def _figure(path: Path, panels: int, width: float = 3.6, height: float = 3.0) -> Iterator[list[Axes]]:
    """Give the axes of panels side by side, each of this size in inches; at the end the file is written."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(width * panels, height), layout="constrained")
        yield list(figure.subplots(1, panels, squeeze=False)[0])
        # Without the date, which would change the bytes.
        figure.savefig(path, format="svg", metadata={"Date": None})


def draw_learning_curves(history: History, path: Path) -> None:
    """Draw loss and accuracy over the epochs, of training rows (members faint) and validation rows."""
    numbers = [epoch.number for epoch in history.epochs]
    with _figure(path, panels=2) as panels:
        for losses in zip(*(epoch.member_losses for epoch in history.epochs), strict=True):
            panels[0].plot(numbers, losses, color="C0", alpha=0.25, linewidth=0.7)
        for axes, metric in zip(panels, ("loss", "accuracy"), strict=True):
            values = [getattr(epoch, metric) for epoch in history.epochs]
            axes.plot(numbers, values, color="C0", label="training")
            if history.epochs[0].validation:
                values = [epoch.validation[metric] for epoch in history.epochs]
                axes.plot(numbers, values, color="C1", label="validation")
            axes.axvline(history.best_epoch, **REFERENCE, label=f"saved: epoch {history.best_epoch}")
            axes.set(title=metric.capitalize(), xlabel="epoch")
            axes.legend()


def draw_curves(task: Task, scored: ScoredRows, path: Path) -> None:
    """Draw ROC and precision-recall curves; of several classes, each against the rest."""
    with _figure(path, panels=2) as (left, right):
        for name, labels_B, scores_B in _one_against_rest(task, scored):
            false_positive_rate, true_positive_rate, _ = roc_curve(labels_B, scores_B)
            precision, recall, _ = precision_recall_curve(labels_B, scores_B)
            left.plot(false_positive_rate, true_positive_rate, label=name)
            right.plot(recall, precision, label=name)
        left.plot([0, 1], [0, 1], **REFERENCE)
        area = roc_auc(scored.labels_B, scored.probabilities_BC)
        precision = pr_auc(scored.labels_B, scored.probabilities_BC)
        left.set(title=f"ROC, area {area:.3f}", xlabel="1 - specificity", ylabel="sensitivity")
        right.set(title=f"Precision-recall, average precision {precision:.3f}", ylim=(0, 1.02))
        right.set(xlabel="recall", ylabel="precision")
        if task.kind == "multiclass":
            left.legend()
        else:
            right.axhline(scored.labels_B.mean(), **REFERENCE)


def _one_against_rest(task: Task, scored: ScoredRows) -> Sequence[tuple[str, NDArray[np.bool], Array]]:
    columns_BC = class_probabilities(scored.probabilities_BC)
    indices = [1] if task.kind == "binary" else range(len(task.classes))
    return [(task.classes[c], scored.labels_B == c, columns_BC[:, c]) for c in indices]


def draw_confusions(task: Task, scored: ScoredRows, thresholds: dict[str, float], path: Path) -> None:
    """Draw a confusion matrix for each threshold, or one by the most probable class."""
    if task.kind == "binary":
        matrices = {
            f"{name} ({threshold:.3g})": np.array(scored.confusion(threshold))
            for name, threshold in thresholds.items()
        }
    else:
        predicted_B = scored.probabilities_BC.argmax(axis=1)
        indices = range(len(task.classes))
        matrices = {"most probable class": confusion_matrix(scored.labels_B, predicted_B, labels=indices)}
    with _figure(path, panels=len(matrices), width=2.7, height=2.7) as panels:
        for axes, (title, matrix) in zip(panels, matrices.items(), strict=True):
            axes.set(title=title, xlabel="predicted", ylabel="true")
            _draw_matrix(axes, matrix, task.classes)


def _draw_matrix(axes: Axes, matrix: NDArray[np.int64], classes: Sequence[str]) -> None:
    axes.imshow(matrix / matrix.sum(axis=1, keepdims=True).clip(1), cmap="Blues", vmin=0, vmax=1.4)
    for (row, column), count in np.ndenumerate(matrix):
        axes.text(column, row, str(count), ha="center", va="center")
    axes.set_xticks(range(len(classes)), classes)
    axes.set_yticks(range(len(classes)), classes, rotation=90, va="center")


def draw_calibration(task: Task, scored: ScoredRows, path: Path) -> None:
    """Draw the observed share against the mean predicted probability, in bins with equal numbers of rows."""
    with _figure(path, panels=1, width=4.2, height=3.8) as (axes,):
        for name, labels_B, scores_B in _one_against_rest(task, scored):
            predicted, observed, _ = calibration_bins(scores_B, labels_B, CALIBRATION_BINS)
            axes.plot(predicted, observed, marker="o", markersize=3.5, label=name)
        limit = axes.get_xlim()[1]
        axes.plot([0, limit], [0, limit], **REFERENCE)
        axes.set(title=f"Calibration, {CALIBRATION_BINS} bins of equal size")
        axes.set(xlabel="mean predicted probability", ylabel="observed share")
        if task.kind == "multiclass":
            axes.legend()


def draw_decision_curve(curve: Sequence[NetBenefit], path: Path) -> None:
    """Draw the net benefit of the model, of flagging every row and of flagging no row."""
    thresholds = [point.threshold for point in curve]
    highest = max(point.model for point in curve)
    with _figure(path, panels=1, width=4.2) as (axes,):
        axes.plot(thresholds, [point.model for point in curve], label="model")
        axes.plot(thresholds, [point.flag_all for point in curve], label="flag every row")
        axes.axhline(0, **REFERENCE, label="flag no row")
        axes.set(title="Decision curve", xlabel="threshold", ylabel="net benefit")
        axes.set_ylim(-highest / 2, highest * 1.2)
        axes.legend()


def draw_losses(path: Path) -> None:
    """Draw the losses of one row against the predicted probability of its true class."""
    probabilities = np.linspace(0.001, 0.999, 999)
    with _figure(path, panels=1, width=4.2) as (axes,):
        axes.plot(probabilities, -np.log(probabilities), label="cross entropy")
        axes.plot(probabilities, (1 - probabilities) ** 2, label="squared error")
        axes.set(title="Loss of one row", xlabel="predicted probability of the true class", ylabel="loss")
        axes.legend()

"""The figures of a run as SVG files; the same run gives the same bytes.

Shapes: B rows, C outputs.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args

import matplotlib as mpl
import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray
from sklearn.metrics import confusion_matrix, precision_recall_curve, roc_curve

from predictor.artefact.manifest import Manifest
from predictor.artefact.records import NetBenefit
from predictor.artefact.weights import Array
from predictor.engines.activations import class_probabilities
from predictor.schema.task import Task
from training.learning.history import History
from training.learning.losses import build_loss
from training.learning.metrics import confusion, pr_auc, roc_auc
from training.recipe import LossName
from training.run import ScoredRows, TrainingResult

INK, ACCENT, SECOND, FAINT = "#222222", "#0b6e99", "#d1495b", "#b8b8b8"
STYLE: Any = {
    "svg.hashsalt": "training",
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 9,
    "axes.edgecolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 10,
    "legend.frameon": False,
    "lines.linewidth": 1.4,
}


def draw_figures(result: TrainingResult, manifest: Manifest, folder: Path) -> None:
    """Draw every figure of the model card; the decision curve is for binary tasks alone."""
    folder.mkdir()
    task, thresholds = result.task, manifest.thresholds
    draw_learning_curves(result.history, folder / "learning_curves.svg")
    draw_curves(task, result.test, folder / "roc_and_pr.svg")
    by_name = {name: point.threshold for name, point in thresholds.operating_points.items()}
    draw_confusions(task, result.test, by_name, folder / "confusion.svg")
    draw_calibration(task, result.test, folder / "calibration.svg")
    if manifest.decision_curve:
        draw_decision_curve(manifest.decision_curve, folder / "decision_curve.svg")


def canvas(panels: int, width: float = 3.6, height: float = 3.0) -> tuple[Figure, list[Axes]]:
    """Make a figure with panels side by side; width and height are those of a panel, in inches."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(width * panels, height), layout="constrained")
        return figure, list(figure.subplots(1, panels, squeeze=False)[0])


def save(figure: Figure, path: Path) -> None:
    """Write a figure as SVG, without the date, which would change the bytes."""
    with mpl.rc_context(STYLE):
        figure.savefig(path, format="svg", metadata={"Date": None})


def draw_learning_curves(history: History, path: Path) -> None:
    """Draw loss and accuracy over the epochs, of training rows (members faint) and validation rows."""
    figure, (left, right) = canvas(2)
    numbers = [epoch.number for epoch in history.epochs]
    for losses in zip(*(epoch.member_losses for epoch in history.epochs), strict=True):
        left.plot(numbers, losses, color=ACCENT, alpha=0.25, linewidth=0.7)
    left.plot(numbers, [epoch.loss for epoch in history.epochs], color=ACCENT, label="training")
    right.plot(numbers, [epoch.accuracy for epoch in history.epochs], color=ACCENT, label="training")
    if history.epochs[0].validation:
        left.plot(numbers, [e.validation["loss"] for e in history.epochs], color=SECOND, label="validation")
        right.plot(
            numbers,
            [e.validation["accuracy"] for e in history.epochs],
            color=SECOND,
            label="validation",
        )
    for axes, title in ((left, "Loss"), (right, "Accuracy")):
        axes.axvline(
            history.best_epoch,
            color=FAINT,
            linestyle=":",
            label=f"saved: epoch {history.best_epoch}",
        )
        axes.set(title=title, xlabel="epoch")
        axes.legend()
    save(figure, path)


def draw_curves(task: Task, scored: ScoredRows, path: Path) -> None:
    """Draw ROC and precision-recall curves; of several classes, each against the rest."""
    figure, (left, right) = canvas(2)
    for name, labels_B, scores_B in _one_against_rest(task, scored):
        false_positive_rate, true_positive_rate, _ = roc_curve(labels_B, scores_B)
        precision, recall, _ = precision_recall_curve(labels_B, scores_B)
        left.plot(false_positive_rate, true_positive_rate, label=name)
        right.plot(recall, precision, label=name)
    left.plot([0, 1], [0, 1], color=FAINT, linestyle=":")
    left.set(
        title=f"ROC, area {roc_auc(scored.labels_B, scored.probabilities_BC):.3f}",
        xlabel="1 - specificity",
        ylabel="sensitivity",
    )
    right.set(
        title=f"Precision-recall, average precision {pr_auc(scored.labels_B, scored.probabilities_BC):.3f}",
        xlabel="recall",
        ylabel="precision",
        ylim=(0, 1.02),
    )
    if task.kind == "multiclass":
        left.legend()
    else:
        right.axhline(scored.labels_B.mean(), color=FAINT, linestyle=":")
    save(figure, path)


def _one_against_rest(task: Task, scored: ScoredRows) -> Sequence[tuple[str, Array, Array]]:
    columns_BC = class_probabilities(scored.probabilities_BC)
    indices = [1] if task.kind == "binary" else range(len(task.classes))
    return [(task.classes[c], scored.labels_B == c, columns_BC[:, c]) for c in indices]


def draw_confusions(task: Task, scored: ScoredRows, thresholds: dict[str, float], path: Path) -> None:
    """Draw a confusion matrix for each threshold, or one by the most probable class."""
    if task.kind == "binary":
        positive_B = scored.probabilities_BC[:, 0]
        matrices: dict[str, NDArray[Any]] = {
            f"{name} ({threshold:.3g})": np.array(confusion(scored.labels_B, positive_B >= threshold))
            for name, threshold in thresholds.items()
        }
    else:
        predicted_B = scored.probabilities_BC.argmax(axis=1)
        indices = list(range(len(task.classes)))
        matrices = {"most probable class": confusion_matrix(scored.labels_B, predicted_B, labels=indices)}
    figure, panels = canvas(len(matrices), width=2.7, height=2.7)
    for axes, (title, matrix) in zip(panels, matrices.items(), strict=True):
        _draw_matrix(axes, matrix, task.classes, title)
    save(figure, path)


def _draw_matrix(axes: Axes, matrix: NDArray[Any], classes: Sequence[str], title: str) -> None:
    axes.imshow(matrix / matrix.sum(axis=1, keepdims=True).clip(1), cmap="Blues", vmin=0, vmax=1.4)
    for (row, column), count in np.ndenumerate(matrix):
        axes.text(column, row, str(count), ha="center", va="center", color=INK)
    indices = range(len(classes))
    axes.set(title=title, xlabel="predicted", ylabel="true")
    axes.set_xticks(indices, classes)
    axes.set_yticks(indices, classes, rotation=90, va="center")


def draw_calibration(task: Task, scored: ScoredRows, path: Path, bins: int = 10) -> None:
    """Draw the observed share against the mean predicted probability, in bins with equal numbers of rows."""
    figure, (axes,) = canvas(1, width=4.2, height=3.8)
    for name, labels_B, scores_B in _one_against_rest(task, scored):
        groups = np.array_split(np.argsort(scores_B, kind="stable"), min(bins, len(scores_B)))
        predicted = [scores_B[group].mean() for group in groups]
        observed = [labels_B[group].mean() for group in groups]
        axes.plot(predicted, observed, marker="o", markersize=3.5, label=name)
    limit = axes.get_xlim()[1]
    axes.plot([0, limit], [0, limit], color=FAINT, linestyle=":")
    axes.set(
        title=f"Calibration, {bins} bins of equal size",
        xlabel="mean predicted probability",
        ylabel="observed share",
    )
    if task.kind == "multiclass":
        axes.legend()
    save(figure, path)


def draw_decision_curve(curve: Sequence[NetBenefit], path: Path) -> None:
    """Draw the net benefit of the model, of flagging every row and of flagging no row."""
    figure, (axes,) = canvas(1, width=4.2)
    thresholds = [point.threshold for point in curve]
    axes.plot(thresholds, [point.model for point in curve], color=ACCENT, label="model")
    axes.plot(thresholds, [point.flag_all for point in curve], color=SECOND, label="flag every row")
    axes.axhline(0, color=FAINT, linestyle=":", label="flag no row")
    highest = max(point.model for point in curve)
    axes.set(
        title="Decision curve", xlabel="threshold", ylabel="net benefit", ylim=(-highest / 2, highest * 1.2)
    )
    axes.legend()
    save(figure, path)


def draw_losses(path: Path) -> None:
    """Draw the losses of one row against the predicted probability of its true class."""
    figure, (axes,) = canvas(1, width=4.2)
    probabilities = np.linspace(0.001, 0.999, 999)
    logits_MBC = torch.logit(torch.as_tensor(probabilities))[None, :, None]
    truth_MB = torch.ones(1, len(probabilities), dtype=torch.int64)
    for name, color in zip(get_args(LossName), (ACCENT, SECOND), strict=True):
        axes.plot(
            probabilities,
            build_loss(name)(logits_MBC, truth_MB)[0],
            color=color,
            label=name.replace("_", " "),
        )
    axes.set(title="Loss of one row", xlabel="predicted probability of the true class", ylabel="loss")
    axes.legend()
    save(figure, path)

"""The learning curves: loss, accuracy and the monitored metric over the epochs."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes

from training.evaluation.figure import REFERENCE, open_figure
from training.learning.history import Figures, History
from training.recipe import Recipe

NAMES = {"loss": "loss", "accuracy": "accuracy", "roc_auc": "ROC-AUC", "pr_auc": "average precision"}
MEMBER: Any = {"alpha": 0.25, "linewidth": 0.7}

# Gives one value of an epoch or of a member's epoch; None where it is not defined.
Value = Callable[[Figures], float | None]


def draw_learning_curves(history: History, recipe: Recipe, path: Path) -> None:
    """Draw the training rows and the validation rows; the lines of single members are faint."""
    metrics = list(dict.fromkeys(("loss", "accuracy", recipe.monitor)))
    if not history.epochs[0].validation:
        metrics = ["loss", "accuracy"]
    with open_figure(path, panels=len(metrics)) as panels:
        for axes, metric in zip(panels, metrics, strict=True):
            _draw_training(axes, history, recipe, metric)
            _draw_validation(axes, history, recipe, metric)
            axes.axvline(history.best_epoch, **REFERENCE, label=f"saved: epoch {history.best_epoch}")
            monitored = ", monitored" if recipe.patience and metric == recipe.monitor else ""
            title = f"{NAMES[metric][0].upper()}{NAMES[metric][1:]}{monitored}"
            axes.set(title=title, xlabel="epoch", ylabel=NAMES[metric])
            axes.legend()


def _draw_training(axes: Axes, history: History, recipe: Recipe, metric: str) -> None:
    if metric == "accuracy":
        _draw_lines(axes, history, lambda figures: figures.accuracy, "C0", "training")
    elif metric == "loss" and recipe.positive_weight == 1:
        _draw_lines(axes, history, lambda figures: figures.loss, "C0", "training")
    elif metric == "loss":
        label = f"training, weighted ({recipe.positive_weight:g})"
        _draw_lines(axes, history, lambda figures: figures.loss, "C2", label)
        _draw_lines(axes, history, lambda figures: figures.unweighted_loss, "C0", "training, unweighted")


def _draw_validation(axes: Axes, history: History, recipe: Recipe, metric: str) -> None:
    if not history.epochs[0].validation:
        return
    unweighted = metric == "loss" and recipe.positive_weight != 1
    label = "validation, unweighted" if unweighted else "validation"
    _draw_lines(axes, history, lambda figures: figures.validation.get(metric), "C1", label)
    if recipe.patience and metric == recipe.monitor and recipe.monitor_epochs > 1:
        values = [epoch.validation[metric] for epoch in history.epochs]
        means = _moving_means(values, recipe.monitor_epochs)
        label = f"its mean over {recipe.monitor_epochs} epochs"
        axes.plot(_numbers(history), means, color="C1", linestyle="--", label=label)


def _draw_lines(axes: Axes, history: History, value: Value, color: str, label: str) -> None:
    for members in zip(*(epoch.members for epoch in history.epochs), strict=True):
        if len(history.epochs[0].members) > 1:
            _plot(axes, history, [value(member) for member in members], color=color, **MEMBER)
    _plot(axes, history, [value(epoch) for epoch in history.epochs], color=color, label=label)


def _plot(axes: Axes, history: History, values: Sequence[float | None], **style: Any) -> None:
    known = [float("nan") if value is None else value for value in values]
    # A single point is invisible without a marker.
    marker = "o" if len(known) == 1 else None
    axes.plot(_numbers(history), known, linestyle="-", marker=marker, markersize=3, **style)


def _numbers(history: History) -> list[int]:
    return [epoch.number for epoch in history.epochs]


def _moving_means(values: Sequence[float], window: int) -> list[float]:
    parts = [values[max(0, end - window) : end] for end in range(1, len(values) + 1)]
    return [sum(part) / len(part) for part in parts]

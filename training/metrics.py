"""Metrics: watched, never optimised. Probabilities in, numbers out."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, log_loss, roc_auc_score

from predictor.lowered import Array
from training.data import Labels

EVEN_ODDS = 0.5
HIGHER_IS_BETTER = {"loss": False, "accuracy": True, "roc_auc": True, "pr_auc": True}


def class_probabilities(probabilities_BC: Array) -> Array:
    """Give one column a class (B, classes), also for a binary model's single output."""
    if probabilities_BC.shape[1] > 1:
        return probabilities_BC
    return np.hstack([1 - probabilities_BC, probabilities_BC])


def accuracy(labels_B: Labels, probabilities_BC: Array) -> float:
    """Give the share of rows whose most probable class is the true one (even odds count as the second)."""
    if probabilities_BC.shape[1] == 1:
        return float(np.mean((probabilities_BC[:, 0] >= EVEN_ODDS) == (labels_B == 1)))
    return float(np.mean(probabilities_BC.argmax(axis=1) == labels_B))


def roc_auc(labels_B: Labels, probabilities_BC: Array) -> float:
    """Give the area under the ROC curve; for several classes the mean of each against the rest."""
    scores = probabilities_BC[:, 0] if probabilities_BC.shape[1] == 1 else probabilities_BC
    return float(roc_auc_score(labels_B, scores, multi_class="ovr"))


def pr_auc(labels_B: Labels, probabilities_BC: Array) -> float:
    """Give average precision; for several classes the mean of each against the rest."""
    if probabilities_BC.shape[1] == 1:
        return float(average_precision_score(labels_B, probabilities_BC[:, 0]))
    truth = np.eye(probabilities_BC.shape[1])[labels_B]
    return float(average_precision_score(truth, probabilities_BC))


def cross_entropy(labels_B: Labels, probabilities_BC: Array) -> float:
    """Give the mean of -ln of the true class's probability."""
    classes = class_probabilities(probabilities_BC)
    return float(log_loss(labels_B, classes, labels=range(classes.shape[1])))


def brier(labels_B: Labels, probabilities_BC: Array) -> float:
    """Give the mean squared error of the probabilities; for several classes summed over them."""
    if probabilities_BC.shape[1] == 1:
        return float(np.mean((probabilities_BC[:, 0] - labels_B) ** 2))
    truth = np.eye(probabilities_BC.shape[1])[labels_B]
    return float(np.mean(((probabilities_BC - truth) ** 2).sum(axis=1)))


def confusion(labels_B: Labels, positive_B: NDArray[np.bool]) -> list[list[int]]:
    """Count [[true negatives, false positives], [false negatives, true positives]]."""
    return [[int(np.sum((labels_B == truth) & (positive_B == said))) for said in (0, 1)] for truth in (0, 1)]


METRICS: dict[str, Callable[[Labels, Array], float]] = {
    "loss": cross_entropy,
    "accuracy": accuracy,
    "roc_auc": roc_auc,
    "pr_auc": pr_auc,
    "brier": brier,
}


def all_metrics(labels_B: Labels, probabilities_BC: Array) -> dict[str, float]:
    """Give every metric by name."""
    return {name: metric(labels_B, probabilities_BC) for name, metric in METRICS.items()}

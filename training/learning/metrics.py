"""Metrics: watched, never optimised. Probabilities in, numbers out."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.stats import rankdata
from sklearn.metrics import average_precision_score

from predictor.artefact.weights import Array
from predictor.engines.activations import class_probabilities, sigmoid
from training.data.dataset import Labels

EVEN_ODDS = 0.5
LARGEST_LOGIT = 40.0
SMALLEST_PROBABILITY = 1e-15
NEWTON_STEPS, CONVERGED = 25, 1e-10
Metric = Callable[[Labels, Array], float]

HIGHER_IS_BETTER = {"loss": False, "accuracy": True, "roc_auc": True, "pr_auc": True}


def accuracy(labels_B: Labels, probabilities_BC: Array) -> float:
    """Give the share of rows whose most probable class is the true one (even odds count as the second)."""
    if probabilities_BC.shape[1] == 1:
        return float(np.mean((probabilities_BC[:, 0] >= EVEN_ODDS) == (labels_B == 1)))
    return float(np.mean(probabilities_BC.argmax(axis=1) == labels_B))


def roc_auc(labels_B: Labels, probabilities_BC: Array) -> float:
    """Give the area under the ROC curve; for several classes the mean of each against the rest."""
    classes = [1] if probabilities_BC.shape[1] == 1 else range(probabilities_BC.shape[1])
    areas = [_area(labels_B == c, probabilities_BC[:, place]) for place, c in enumerate(classes)]
    return float(np.mean(areas))


def _area(is_positive_B: NDArray[np.bool], scores_B: Array) -> float:
    # The Mann-Whitney statistic: scikit-learn's result at a tenth of the time, and intervals ask often.
    positives = int(is_positive_B.sum())
    ranks = rankdata(scores_B)[is_positive_B].sum() - positives * (positives + 1) / 2
    return float(ranks / (positives * (len(scores_B) - positives)))


def pr_auc(labels_B: Labels, probabilities_BC: Array) -> float:
    """Give average precision; for several classes the mean of each against the rest."""
    if probabilities_BC.shape[1] == 1:
        return float(average_precision_score(labels_B, probabilities_BC[:, 0]))
    truth = np.eye(probabilities_BC.shape[1])[labels_B]
    return float(average_precision_score(truth, probabilities_BC))


def cross_entropy(labels_B: Labels, probabilities_BC: Array) -> float:
    """Give the mean of -ln of the true class's probability."""
    of_truth_B = class_probabilities(probabilities_BC)[np.arange(len(labels_B)), labels_B]
    return float(-np.log(of_truth_B.clip(SMALLEST_PROBABILITY)).mean())


def brier(labels_B: Labels, probabilities_BC: Array) -> float:
    """Give the mean squared error of the probabilities; for several classes summed over them."""
    if probabilities_BC.shape[1] == 1:
        return float(np.mean((probabilities_BC[:, 0] - labels_B) ** 2))
    truth = np.eye(probabilities_BC.shape[1])[labels_B]
    return float(np.mean(((probabilities_BC - truth) ** 2).sum(axis=1)))


def scaled_brier(labels_B: Labels, probabilities_BC: Array) -> float:
    """Give 1 - Brier / Brier of always saying the prevalence: 1 is perfect, 0 is no better than that."""
    shares = np.bincount(labels_B, minlength=max(probabilities_BC.shape[1], 2)) / len(labels_B)
    naive = shares[1:] if probabilities_BC.shape[1] == 1 else shares
    return 1 - brier(labels_B, probabilities_BC) / brier(labels_B, np.tile(naive, (len(labels_B), 1)))


def calibration_error(labels_B: Labels, probabilities_BC: Array, bins: int = 10) -> float:
    """Give the expected calibration error: the mean gap between said and seen over bins of equal count.

    For several classes it is that of the most probable one.
    """
    if probabilities_BC.shape[1] == 1:
        said_B, came_B = probabilities_BC[:, 0], labels_B == 1
    else:
        said_B, came_B = probabilities_BC.max(axis=1), probabilities_BC.argmax(axis=1) == labels_B
    groups = np.array_split(np.argsort(said_B, kind="stable"), bins)
    gaps = [abs(said_B[group].mean() - came_B[group].mean()) * len(group) for group in groups if len(group)]
    return float(sum(gaps) / len(labels_B))


def calibration_slope(labels_B: Labels, probabilities_B1: Array) -> float:
    """Give the slope of a logistic regression of the outcome on the logit: below 1 is overconfident."""
    x_B2 = np.hstack([finite_logits(probabilities_B1), np.ones((len(labels_B), 1))])
    slope_and_intercept = np.zeros(2)
    # Newton's method is scikit-learn's result at a tenth of the time: intervals ask for it often.
    # It starts from zero, because from one it overshoots where the slope is far below.
    for _ in range(NEWTON_STEPS):
        fitted_B = sigmoid(x_B2 @ slope_and_intercept)
        curvature = (x_B2 * (fitted_B * (1 - fitted_B))[:, None]).T @ x_B2
        step = np.linalg.lstsq(curvature, x_B2.T @ (labels_B - fitted_B))[0]
        slope_and_intercept += step
        if np.abs(step).max() < CONVERGED:
            break
    return float(slope_and_intercept[0])


def calibration_intercept(labels_B: Labels, probabilities_B1: Array) -> float:
    """Give the shift of the logit that makes the mean probability right (slope 1): above 0 is too low."""
    logits_B = finite_logits(probabilities_B1)[:, 0]

    def excess(shift: float) -> float:
        return float(sigmoid(logits_B + shift).sum() - labels_B.sum())

    # Twice, because the shift may have to bring the largest logit down to almost nothing.
    return float(brentq(excess, -2 * LARGEST_LOGIT, 2 * LARGEST_LOGIT))


def finite_logits(probabilities_BC: Array) -> Array:
    """Give ln(p / (1 - p)), cut where p is 0 or 1."""
    with np.errstate(divide="ignore"):
        logits_BC: Array = np.log(probabilities_BC) - np.log1p(-probabilities_BC)
    return logits_BC.clip(-LARGEST_LOGIT, LARGEST_LOGIT)


def confusion(labels_B: Labels, positive_B: NDArray[np.bool]) -> list[list[int]]:
    """Count [[true negatives, false positives], [false negatives, true positives]]."""
    return [[int(np.sum((labels_B == truth) & (positive_B == said))) for said in (0, 1)] for truth in (0, 1)]


METRICS: dict[str, Metric] = {
    "loss": cross_entropy,
    "accuracy": accuracy,
    "roc_auc": roc_auc,
    "pr_auc": pr_auc,
    "brier": brier,
    "scaled_brier": scaled_brier,
    "calibration_error": calibration_error,
}

BINARY_METRICS: dict[str, Metric] = {
    "calibration_slope": calibration_slope,
    "calibration_intercept": calibration_intercept,
}


def metrics_for(probabilities_BC: Array) -> dict[str, Metric]:
    """Give the metrics that can be taken of such probabilities."""
    return METRICS | BINARY_METRICS if probabilities_BC.shape[1] == 1 else METRICS


def all_metrics(labels_B: Labels, probabilities_BC: Array) -> dict[str, float]:
    """Give every metric by name; the two of calibration are for binary tasks alone."""
    return {name: m(labels_B, probabilities_BC) for name, m in metrics_for(probabilities_BC).items()}

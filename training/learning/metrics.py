"""Metrics of probabilities: reported and monitored, not minimised.

Shapes: B rows, C outputs (one for a binary task: the probability of the positive class).
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import expit, logit
from scipy.stats import rankdata
from sklearn.metrics import average_precision_score

from predictor.artefact.weights import Array
from predictor.engines.activations import class_probabilities
from training.data.dataset import Labels

ACCURACY_THRESHOLD = 0.5
MAX_LOGIT = 40.0
MIN_PROBABILITY = 1e-15
MAX_NEWTON_STEPS, TOLERANCE = 25, 1e-10


def accuracy(labels_B: Labels, probabilities_BC: Array) -> float:
    """Give the share of rows whose most probable class is the true one; 0.5 counts as positive."""
    if probabilities_BC.shape[1] == 1:
        return float(np.mean((probabilities_BC[:, 0] >= ACCURACY_THRESHOLD) == labels_B))
    return float(np.mean(probabilities_BC.argmax(axis=1) == labels_B))


def roc_auc(labels_B: Labels, probabilities_BC: Array) -> float:
    """Give the area under the ROC curve; for several classes the mean of each against the rest."""
    truth_BC = one_hot(labels_B, probabilities_BC)
    positives_C, negatives_C = truth_BC.sum(axis=0), (1 - truth_BC).sum(axis=0)
    # The Mann-Whitney statistic: scikit-learn's result in less time, and every bootstrap draw needs it.
    ranks_C = (rankdata(probabilities_BC, axis=0) * truth_BC).sum(axis=0)
    return float(np.mean((ranks_C - positives_C * (positives_C + 1) / 2) / (positives_C * negatives_C)))


def pr_auc(labels_B: Labels, probabilities_BC: Array) -> float:
    """Give average precision; for several classes the mean of each against the rest."""
    return float(average_precision_score(one_hot(labels_B, probabilities_BC), probabilities_BC))


def cross_entropy(labels_B: Labels, probabilities_BC: Array) -> float:
    """Give the log loss: the mean of -ln p of the true class."""
    of_truth_B = class_probabilities(probabilities_BC)[np.arange(len(labels_B)), labels_B]
    return float(-np.log(of_truth_B.clip(MIN_PROBABILITY)).mean())


def brier(labels_B: Labels, probabilities_BC: Array) -> float:
    """Give the mean squared error of the probabilities; for several classes summed over them."""
    errors_BC = probabilities_BC - one_hot(labels_B, probabilities_BC)
    return float((errors_BC**2).sum(axis=1).mean())


def scaled_brier(labels_B: Labels, probabilities_BC: Array) -> float:
    """Give 1 - Brier score / Brier score of the class shares: 1 is perfect, 0 no better than the shares."""
    truth_BC = one_hot(labels_B, probabilities_BC)
    shares_BC = np.broadcast_to(truth_BC.mean(axis=0), truth_BC.shape)
    return 1 - brier(labels_B, probabilities_BC) / brier(labels_B, shares_BC)


def calibration_error(labels_B: Labels, probabilities_BC: Array, bins: int = 10) -> float:
    """Give the expected calibration error: the mean difference of `calibration_bins`, weighted by rows."""
    predicted, observed, rows = calibration_bins(*scores_and_hits(labels_B, probabilities_BC), bins)
    return float(np.average(np.abs(predicted - observed), weights=rows))


def calibration_slope(labels_B: Labels, probabilities_B1: Array) -> float:
    """Give the slope of a logistic regression of the label on the logit; below 1 is overconfident."""
    x_B2 = np.hstack([_finite_logits(probabilities_B1), np.ones((len(labels_B), 1))])
    slope_and_intercept = np.zeros(2)
    # Newton's method takes a quarter of the time of scikit-learn's solvers; bootstraps call it often. It
    # starts at zero, because from a slope of one it overshoots where the result is far lower.
    for _ in range(MAX_NEWTON_STEPS):
        fitted_B = expit(x_B2 @ slope_and_intercept)
        curvature = (x_B2 * (fitted_B * (1 - fitted_B))[:, None]).T @ x_B2
        step = np.linalg.lstsq(curvature, x_B2.T @ (labels_B - fitted_B))[0]
        slope_and_intercept += step
        if np.abs(step).max() < TOLERANCE:
            break
    return float(slope_and_intercept[0])


def calibration_intercept(labels_B: Labels, probabilities_B1: Array) -> float:
    """Give the shift of the logits that makes the mean probability right; above 0: predicted too low."""
    logits_B1 = _finite_logits(probabilities_B1)

    def excess(shift: float) -> float:
        return float(expit(logits_B1 + shift).sum() - labels_B.sum())

    # Twice the largest logit, because a shift may have to turn the largest logit into the smallest.
    return float(brentq(excess, -2 * MAX_LOGIT, 2 * MAX_LOGIT))


METRICS: dict[str, Callable[[Labels, Array], float]] = {
    "loss": cross_entropy,
    "accuracy": accuracy,
    "roc_auc": roc_auc,
    "pr_auc": pr_auc,
    "brier": brier,
    "scaled_brier": scaled_brier,
    "calibration_error": calibration_error,
}
# Metrics of rows that need at least one row of each class.
RANK_METRICS = ("roc_auc", "pr_auc")
BINARY_METRICS = {"calibration_slope": calibration_slope, "calibration_intercept": calibration_intercept}


def is_defined(name: str, labels_B: Labels, probabilities_BC: Array) -> bool:
    """Say whether the rows define the metric: ranks need rows of every class."""
    classes = max(probabilities_BC.shape[1], 2)
    return name not in RANK_METRICS or np.unique(labels_B).size == classes


def all_metrics(labels_B: Labels, probabilities_BC: Array) -> dict[str, float]:
    """Give every metric by name; the slope and the intercept of the calibration for binary tasks alone."""
    metrics = METRICS | BINARY_METRICS if probabilities_BC.shape[1] == 1 else METRICS
    return {name: metric(labels_B, probabilities_BC) for name, metric in metrics.items()}


def one_hot(labels_B: Labels, probabilities_BC: Array) -> NDArray[np.int64]:
    """Give the probabilities (B, C) of a perfect model."""
    outputs = probabilities_BC.shape[1]
    return labels_B[:, None] if outputs == 1 else np.eye(outputs, dtype=np.int64)[labels_B]


def scores_and_hits(labels_B: Labels, probabilities_BC: Array) -> tuple[Array, NDArray[np.bool]]:
    """Give the score of each row, and whether it is a hit.

    Of a binary task: the probability, and whether the row is positive. Of several classes: the highest
    probability, and whether it is that of the true class.
    """
    if probabilities_BC.shape[1] == 1:
        return probabilities_BC[:, 0], labels_B == 1
    return probabilities_BC.max(axis=1), probabilities_BC.argmax(axis=1) == labels_B


def calibration_bins(scores_B: Array, hits_B: NDArray[np.bool], bins: int) -> tuple[Array, Array, Array]:
    """Give the mean score, the share of hits and the rows of each bin; bins have equal numbers of rows."""
    groups = np.array_split(np.argsort(scores_B, kind="stable"), min(bins, len(scores_B)))
    figures = [(scores_B[group].mean(), hits_B[group].mean(), len(group)) for group in groups]
    predicted, observed, rows = np.array(figures).T
    return predicted, observed, rows


def _finite_logits(probabilities_B1: Array) -> Array:
    logits_B1: Array = logit(probabilities_B1)
    return logits_B1.clip(-MAX_LOGIT, MAX_LOGIT)

"""Metrics of probabilities: reported and monitored, not minimised.

Shapes: B rows, C outputs (one for a binary task: the probability of the positive class).
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.stats import rankdata
from sklearn.metrics import average_precision_score, confusion_matrix

from predictor.artefact.weights import Array
from predictor.engines.activations import class_probabilities, sigmoid
from training.data.dataset import Labels

ACCURACY_THRESHOLD = 0.5
MAX_LOGIT = 40.0
MIN_PROBABILITY = 1e-15
MAX_NEWTON_STEPS, TOLERANCE = 25, 1e-10
Metric = Callable[[Labels, Array], float]

HIGHER_IS_BETTER = {"loss": False, "accuracy": True, "roc_auc": True, "pr_auc": True}


def accuracy(labels_B: Labels, probabilities_BC: Array) -> float:
    """Give the share of rows whose most probable class is the true one; 0.5 counts as positive."""
    if probabilities_BC.shape[1] == 1:
        return float(np.mean((probabilities_BC[:, 0] >= ACCURACY_THRESHOLD) == (labels_B == 1)))
    return float(np.mean(probabilities_BC.argmax(axis=1) == labels_B))


def roc_auc(labels_B: Labels, probabilities_BC: Array) -> float:
    """Give the area under the ROC curve; for several classes the mean of each against the rest."""
    classes = [1] if probabilities_BC.shape[1] == 1 else range(probabilities_BC.shape[1])
    areas = [_area(labels_B == c, scores_B) for c, scores_B in zip(classes, probabilities_BC.T, strict=True)]
    return float(np.mean(areas))


def _area(is_positive_B: NDArray[np.bool], scores_B: Array) -> float:
    # The Mann-Whitney statistic takes an eighth of the time of roc_auc_score; bootstraps call it often.
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
    """Give the log loss: the mean of -ln p of the true class."""
    of_truth_B = class_probabilities(probabilities_BC)[np.arange(len(labels_B)), labels_B]
    return float(-np.log(of_truth_B.clip(MIN_PROBABILITY)).mean())


def brier(labels_B: Labels, probabilities_BC: Array) -> float:
    """Give the mean squared error of the probabilities; for several classes summed over them."""
    if probabilities_BC.shape[1] == 1:
        return float(np.mean((probabilities_BC[:, 0] - labels_B) ** 2))
    truth = np.eye(probabilities_BC.shape[1])[labels_B]
    return float(np.mean(((probabilities_BC - truth) ** 2).sum(axis=1)))


def scaled_brier(labels_B: Labels, probabilities_BC: Array) -> float:
    """Give 1 - Brier score / Brier score of the class shares: 1 is perfect, 0 no better than the shares."""
    shares = np.bincount(labels_B, minlength=max(probabilities_BC.shape[1], 2)) / len(labels_B)
    constant = shares[1:] if probabilities_BC.shape[1] == 1 else shares
    return 1 - brier(labels_B, probabilities_BC) / brier(labels_B, np.tile(constant, (len(labels_B), 1)))


def calibration_error(labels_B: Labels, probabilities_BC: Array, bins: int = 10) -> float:
    """Give the expected calibration error over bins with equal numbers of rows.

    It is the mean difference between predicted probability and observed share, weighted by rows. For
    several classes it is that of the most probable class.
    """
    if probabilities_BC.shape[1] == 1:
        predicted_B, observed_B = probabilities_BC[:, 0], labels_B == 1
    else:
        predicted_B, observed_B = probabilities_BC.max(axis=1), probabilities_BC.argmax(axis=1) == labels_B
    groups = np.array_split(np.argsort(predicted_B, kind="stable"), bins)
    differences = [
        abs(predicted_B[group].mean() - observed_B[group].mean()) * len(group)
        for group in groups
        if len(group)
    ]
    return float(sum(differences) / len(labels_B))


def calibration_slope(labels_B: Labels, probabilities_B1: Array) -> float:
    """Give the slope of a logistic regression of the label on the logit; below 1 is overconfident."""
    x_B2 = np.hstack([finite_logits(probabilities_B1), np.ones((len(labels_B), 1))])
    slope_and_intercept = np.zeros(2)
    # Newton's method takes a quarter of the time of scikit-learn's solvers; bootstraps call it often. It
    # starts at zero, because from a slope of one it overshoots where the result is far lower.
    for _ in range(MAX_NEWTON_STEPS):
        fitted_B = sigmoid(x_B2 @ slope_and_intercept)
        curvature = (x_B2 * (fitted_B * (1 - fitted_B))[:, None]).T @ x_B2
        step = np.linalg.lstsq(curvature, x_B2.T @ (labels_B - fitted_B))[0]
        slope_and_intercept += step
        if np.abs(step).max() < TOLERANCE:
            break
    return float(slope_and_intercept[0])


def calibration_intercept(labels_B: Labels, probabilities_B1: Array) -> float:
    """Give the shift of the logits that makes the mean probability right; above 0: predicted too low."""
    logits_B = finite_logits(probabilities_B1)[:, 0]

    def excess(shift: float) -> float:
        return float(sigmoid(logits_B + shift).sum() - labels_B.sum())

    # Twice the largest logit, because a shift may have to turn the largest logit into the smallest.
    return float(brentq(excess, -2 * MAX_LOGIT, 2 * MAX_LOGIT))


def finite_logits(probabilities_BC: Array) -> Array:
    """Give ln(p / (1 - p)), limited to ±40."""
    with np.errstate(divide="ignore"):
        logits_BC: Array = np.log(probabilities_BC) - np.log1p(-probabilities_BC)
    return logits_BC.clip(-MAX_LOGIT, MAX_LOGIT)


def confusion(labels_B: Labels, positive_B: NDArray[np.bool]) -> list[list[int]]:
    """Count [[true negatives, false positives], [false negatives, true positives]]."""
    matrix: list[list[int]] = confusion_matrix(labels_B == 1, positive_B, labels=[False, True]).tolist()
    return matrix


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
    """Give the metrics for probabilities of this shape: those of calibration are for binary tasks alone."""
    return METRICS | BINARY_METRICS if probabilities_BC.shape[1] == 1 else METRICS


def all_metrics(labels_B: Labels, probabilities_BC: Array) -> dict[str, float]:
    """Give every metric by name."""
    return {
        name: metric(labels_B, probabilities_BC) for name, metric in metrics_for(probabilities_BC).items()
    }

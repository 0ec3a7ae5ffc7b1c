"""Calibration of the network's probabilities on validation rows; it undoes the effect of the loss weight.

Shapes: B rows, C outputs.
"""

import math
from collections.abc import Sequence

import numpy as np
from scipy.optimize import minimize_scalar
from sklearn.linear_model import LogisticRegression

from predictor.artefact.records import CalibrationRecord
from predictor.artefact.weights import Array
from predictor.engines.activations import softmax
from training.data.dataset import Labels
from training.errors import TrainingError
from training.learning.metrics import cross_entropy
from training.learning.row_logits import RowLogits
from training.recipe import Recipe


def calibrate(recipe: Recipe, logits: RowLogits, labels_B: Labels) -> CalibrationRecord:
    """Fit the recipe's calibration to the logits of validation rows."""
    if recipe.calibration == "logistic":
        return logistic_recalibration(logits, labels_B, recipe.positive_weight)
    if recipe.calibration == "temperature":
        return temperature_scaling(logits, labels_B)
    outputs = logits.logits_PC.shape[1]
    return CalibrationRecord(method="none", offset=0.0, slope=1.0, intercept=(0.0,) * outputs, rows=0)


def logistic_recalibration(logits: RowLogits, labels_B: Labels, positive_weight: float) -> CalibrationRecord:
    """Subtract ln(weight), then fit logit(p) = slope * z + intercept by maximum likelihood (Platt, Cox).

    With a weight w in the loss, the optimal model's logit is too high by ln w. The fit corrects the
    remaining error, such as that of early stopping.
    """
    offset = math.log(positive_weight)
    fitted = LogisticRegression(C=np.inf).fit(
        logits.logits_PC - offset, logits.repeat(labels_B), sample_weight=logits.weights()
    )
    slope, intercept = float(fitted.coef_[0, 0]), float(fitted.intercept_[0])
    if not slope > 0:
        raise TrainingError(
            "The network learned nothing that generalises to the validation rows (the calibration slope is "
            "not positive); nothing was written. Use more rows or another recipe."
        )
    return CalibrationRecord(
        method="logistic", offset=offset, slope=slope, intercept=(intercept,), rows=len(labels_B)
    )


def temperature_scaling(logits: RowLogits, labels_B: Labels) -> CalibrationRecord:
    """Find the temperature with the lowest log loss, between e^-3 and e^3 (Guo et al. 2017)."""
    optimum = minimize_scalar(
        lambda log_temperature: _loss_at(math.exp(log_temperature), logits, labels_B),
        bounds=(-3, 3),
        method="bounded",
    )
    slope = math.exp(-float(optimum.x))
    intercept = (0.0,) * logits.logits_PC.shape[1]
    return CalibrationRecord(
        method="temperature", offset=0.0, slope=slope, intercept=intercept, rows=len(labels_B)
    )


def _loss_at(temperature: float, logits: RowLogits, labels_B: Labels) -> float:
    cooled = RowLogits(logits.logits_PC / temperature, logits.counts_B)
    return cross_entropy(labels_B, softmax(cooled.mean()))


def apply_calibration(calibration: CalibrationRecord, logits_BC: Array) -> Array:
    """Give calibrated logits."""
    calibrated_BC: Array = calibration.slope * (logits_BC - calibration.offset) + np.array(
        calibration.intercept
    )
    return calibrated_BC


def calibrated_mean(calibration: CalibrationRecord, logits: RowLogits) -> Array:
    """Give the logits (..., B, C) of each row's mean calibrated probability over its draws."""
    return RowLogits(apply_calibration(calibration, logits.logits_PC), logits.counts_B).mean()


def cross_calibrate(recipe: Recipe, logits: RowLogits, labels_B: Labels, folds: Sequence[int]) -> Array:
    """Give calibrated logits (B, C) of the validation rows; a fold's calibration is fitted to the others.

    `folds` holds the number of rows of each fold. With fewer than two folds there are no other rows, and
    the calibration is fitted to all rows.
    """
    if len(folds) <= 1 or recipe.calibration == "none":
        return calibrated_mean(calibrate(recipe, logits, labels_B), logits)
    ends = np.cumsum(folds)
    calibrated = []
    for start, end in zip(ends - folds, ends, strict=True):
        others = np.r_[0:start, end : len(labels_B)]
        calibration = calibrate(recipe, logits.take(others), labels_B[others])
        calibrated.append(calibrated_mean(calibration, logits.take(np.arange(start, end))))
    return np.concatenate(calibrated)

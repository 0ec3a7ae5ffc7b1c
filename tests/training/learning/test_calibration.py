"""Calibration: the effects that it undoes, and the networks that it refuses.

Shapes: B rows, C outputs.
"""

import math

import numpy as np
import pytest

from predictor.engines.activations import sigmoid, softmax
from tests.support.training.made_up import iris_recipe, stroke_recipe
from training.errors import TrainingError
from training.learning.calibration import apply_calibration, calibrate, cross_calibrate
from training.learning.metrics import brier, cross_entropy
from training.learning.row_logits import RowLogits
from training.recipe import unweighted_threshold

RANDOM = np.random.default_rng(0)
TRUE_LOGITS_B1 = RANDOM.normal(-2, 1.5, size=(4000, 1))
LABELS_B = (RANDOM.random(4000) < sigmoid(TRUE_LOGITS_B1)[:, 0]).astype(np.int64)


def test_logistic_recalibration_undoes_slope_weight_and_shift():
    inflated_B1 = 2 * TRUE_LOGITS_B1 + math.log(10) + 0.5

    calibration = calibrate(stroke_recipe(calibration="logistic"), RowLogits.of_rows(inflated_B1), LABELS_B)

    calibrated_B1 = apply_calibration(calibration, inflated_B1)
    assert calibration.offset == math.log(10)
    assert calibration.slope == pytest.approx(0.5, abs=0.05)
    assert calibrated_B1 == pytest.approx(TRUE_LOGITS_B1, abs=0.35)
    assert sigmoid(calibrated_B1).mean() == pytest.approx(LABELS_B.mean(), abs=1e-4)
    assert brier(LABELS_B, sigmoid(calibrated_B1)) < brier(LABELS_B, sigmoid(inflated_B1))


def test_a_network_that_ranks_validation_rows_the_wrong_way_round_is_refused():
    with pytest.raises(TrainingError, match="learned nothing"):
        calibrate(stroke_recipe(calibration="logistic"), RowLogits.of_rows(-TRUE_LOGITS_B1), LABELS_B)


def test_temperature_scaling_lowers_the_loss_and_changes_no_label():
    logits_BC = RANDOM.normal(size=(500, 3))
    labels_B = np.array([RANDOM.choice(3, p=p) for p in softmax(logits_BC)])
    confident_BC = 4 * logits_BC

    calibration = calibrate(iris_recipe(calibration="temperature"), RowLogits.of_rows(confident_BC), labels_B)

    calibrated_BC = apply_calibration(calibration, confident_BC)
    assert calibration.slope == pytest.approx(0.25, abs=0.05)
    assert cross_entropy(labels_B, softmax(calibrated_BC)) < cross_entropy(labels_B, softmax(confident_BC))
    assert (calibrated_BC.argmax(axis=1) == confident_BC.argmax(axis=1)).all()


def test_the_calibration_of_a_fold_is_fitted_to_the_other_folds_alone():
    recipe, sizes = stroke_recipe(calibration="logistic", positive_weight=1.0), [1000, 1200, 1800]
    fold, others = slice(1000, 2200), np.r_[0:1000, 2200:4000]

    calibrated_B1 = cross_calibrate(recipe, RowLogits.of_rows(TRUE_LOGITS_B1), LABELS_B, sizes)

    by_others = calibrate(recipe, RowLogits.of_rows(TRUE_LOGITS_B1[others]), LABELS_B[others])
    assert calibrated_B1[fold] == pytest.approx(apply_calibration(by_others, TRUE_LOGITS_B1[fold]))
    changed_B = LABELS_B.copy()
    changed_B[fold] = RANDOM.permutation(changed_B[fold])
    again_B1 = cross_calibrate(recipe, RowLogits.of_rows(TRUE_LOGITS_B1), changed_B, sizes)
    assert again_B1[fold].tolist() == calibrated_B1[fold].tolist()
    assert (again_B1[others] != calibrated_B1[others]).all()


@pytest.mark.parametrize("outputs", [1, 3])
def test_without_calibration_the_logits_are_unchanged(outputs):
    logits_BC = RANDOM.normal(size=(9, outputs))

    calibration = calibrate(iris_recipe(), RowLogits.of_rows(logits_BC), np.zeros(9, dtype=np.int64))

    assert apply_calibration(calibration, logits_BC).tolist() == logits_BC.tolist()


@pytest.mark.parametrize("threshold", [0.1, 0.3, 0.5, 0.9])
def test_an_unweighted_threshold_flags_the_same_rows(threshold):
    weighted_B = sigmoid(TRUE_LOGITS_B1[:, 0] + math.log(10))

    flagged_B = sigmoid(TRUE_LOGITS_B1[:, 0]) >= unweighted_threshold(threshold, 10)

    assert flagged_B.tolist() == (weighted_B >= threshold).tolist()
    assert unweighted_threshold(0.5, 10) == pytest.approx(1 / 11)

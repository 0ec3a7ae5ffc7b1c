"""The metrics, compared with scikit-learn and with values computed by hand, and their edge cases."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from predictor.engines.activations import sigmoid
from training.evaluation.bootstrap import bootstrap_intervals
from training.learning.metrics import (
    all_metrics,
    brier,
    calibration_error,
    calibration_intercept,
    calibration_slope,
    roc_auc,
    scaled_brier,
)
from training.run import ScoredRows

RANDOM = np.random.default_rng(0)


def draw(rows: int, stretch: float = 1.0, shift: float = 0.0):
    """Draw labels, and probabilities whose logits are stretched and shifted from the true ones."""
    logits_B = RANDOM.normal(-1, 1.5, rows)
    labels_B = (RANDOM.random(rows) < sigmoid(logits_B)).astype(np.int64)
    return labels_B, sigmoid(stretch * logits_B + shift)[:, None]


@pytest.mark.parametrize(("stretch", "shift"), [(1, 0), (0.5, 1), (3, -2)])
def test_the_calibration_slope_is_that_of_an_unpenalised_logistic_regression(stretch, shift):
    labels_B, probabilities_B1 = draw(2000, stretch, shift)
    logits_B1 = np.log(probabilities_B1 / (1 - probabilities_B1))

    fitted = LogisticRegression(C=np.inf, tol=1e-8).fit(logits_B1, labels_B)

    assert calibration_slope(labels_B, probabilities_B1) == pytest.approx(fitted.coef_[0, 0], abs=1e-4)


def test_the_calibration_intercept_makes_the_mean_probability_right():
    labels_B, probabilities_B1 = draw(2000, shift=0.7)
    logits_B1 = np.log(probabilities_B1 / (1 - probabilities_B1))

    intercept = calibration_intercept(labels_B, probabilities_B1)

    assert sigmoid(logits_B1 + intercept).mean() == pytest.approx(labels_B.mean(), abs=1e-9)
    assert intercept == pytest.approx(-0.7, abs=0.2)


@pytest.mark.parametrize("probability", [0.0, 1.0, 0.5])
def test_the_same_probability_for_every_row_has_every_metric(probability):
    metrics = all_metrics(np.array([0, 0, 0, 1]), np.full((4, 1), probability))

    assert np.isfinite(list(metrics.values())).all()


def test_the_scaled_brier_score_is_0_for_the_prevalence_and_1_for_the_truth():
    labels_B = np.array([0, 0, 0, 1])

    assert scaled_brier(labels_B, np.full((4, 1), 0.25)) == pytest.approx(0)
    assert scaled_brier(labels_B, labels_B[:, None].astype(float)) == 1
    assert scaled_brier(labels_B, np.full((4, 1), 0.5)) == pytest.approx(1 - 0.25 / 0.1875)


def test_the_scaled_brier_score_of_several_classes_is_scaled_by_their_shares():
    labels_B = np.array([0, 1, 2, 2])
    probabilities_BC = np.array([[0.8, 0.1, 0.1]] * 4)
    shares_BC = np.tile([0.25, 0.25, 0.5], (4, 1))

    found = scaled_brier(labels_B, probabilities_BC)

    assert found == pytest.approx(1 - brier(labels_B, probabilities_BC) / brier(labels_B, shares_BC))


def test_the_calibration_error_is_the_mean_difference_of_its_bins():
    labels_B = np.array([0, 0, 0, 1, 0, 1, 1, 1])
    predicted_B1 = np.array([[0.1], [0.1], [0.2], [0.2], [0.8], [0.8], [0.9], [0.9]])

    # Two bins: predicted .15 and .85, observed .25 and .75.
    assert calibration_error(labels_B, predicted_B1, bins=2) == pytest.approx(0.1)


def test_the_calibration_error_of_several_classes_is_that_of_the_most_probable():
    labels_B = np.array([0, 1, 2, 0])
    predicted_BC = np.array([[0.6, 0.2, 0.2], [0.2, 0.6, 0.2], [0.2, 0.2, 0.6], [0.2, 0.2, 0.6]])

    assert calibration_error(labels_B, predicted_BC, bins=1) == pytest.approx(0.15)


def test_the_interval_of_a_metric_contains_the_estimate_and_shrinks_with_more_rows():
    widths = []
    for rows in (100, 1600):
        labels_B, probabilities_B1 = draw(rows)

        low, high = bootstrap_intervals(ScoredRows(labels_B, probabilities_B1))["roc_auc"]

        assert low < roc_auc(labels_B, probabilities_B1) < high
        widths.append(high - low)

    assert widths[0] / widths[1] == pytest.approx(4, rel=0.4)


@pytest.mark.parametrize("classes", [2, 3])
def test_the_area_under_the_roc_curve_equals_that_of_scikit_learn_also_with_ties(classes):
    random = np.random.default_rng(0)
    labels_B = np.arange(200) % classes
    shares_BC = random.dirichlet(np.ones(classes), size=200).round(1)
    shares_BC /= shares_BC.sum(axis=1, keepdims=True)
    probabilities_BC = shares_BC[:, 1:] if classes == 2 else shares_BC

    scores = probabilities_BC[:, 0] if classes == 2 else probabilities_BC
    assert roc_auc(labels_B, probabilities_BC) == pytest.approx(
        roc_auc_score(labels_B, scores, multi_class="ovr")
    )

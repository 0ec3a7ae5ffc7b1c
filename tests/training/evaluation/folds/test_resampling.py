"""Folds, and the standard errors of a difference on them."""

import numpy as np
import pytest

from tests.support.training.made_up import STROKE
from training.data.dataset import read_data
from training.errors import UsageError
from training.evaluation.folds.resampling import TWENTY_FOLDS, Resampling


def test_every_row_is_a_test_row_once_in_each_repeat_and_never_a_training_row_of_the_same_fold(made_up_csv):
    labels = read_data(made_up_csv, STROKE).labels

    folds = Resampling(splits=4, repeats=3).folds(labels)

    assert len(folds) == 12
    assert sorted(index for _, test in folds[:4] for index in test) == list(range(len(labels)))
    assert not any(set(train) & set(test) for train, test in folds)


def test_folds_of_some_rows_have_no_other_row():
    labels, rows = np.arange(60) % 2, np.arange(10, 50)

    folds = Resampling(splits=4, repeats=2).folds(labels, rows)

    assert all(sorted([*train, *test]) == rows.tolist() for train, test in folds)


def test_a_class_with_fewer_rows_than_folds_is_refused():
    with pytest.raises(UsageError, match="fewer than 5 rows"):
        TWENTY_FOLDS.folds(np.array([0] * 20 + [1] * 4))


def test_a_difference_has_one_standard_error_independent_and_corrected():
    # Variance 5 / 3; four fifths of the rows are training rows, so the correction adds a quarter.
    difference = Resampling(splits=5, repeats=1).difference(np.array([1.0, 2.0, 3.0, 4.0]))

    assert difference.mean == 2.5
    assert difference.independent == pytest.approx((5 / 3) ** 0.5 * (1 / 4) ** 0.5)
    assert difference.corrected == pytest.approx((5 / 3) ** 0.5 * (1 / 4 + 1 / 4) ** 0.5)
    assert difference.corrected_errors == pytest.approx(2.5 / difference.corrected)


def test_models_that_are_the_same_are_no_standard_error_apart():
    assert TWENTY_FOLDS.difference(np.zeros(20)).corrected_errors == 0

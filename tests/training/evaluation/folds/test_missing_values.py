"""Known rows, and the mean answers on rows with a missing value."""

import dataclasses

import numpy as np
import pytest

from tests.support.training.folds import ONCE, data_with_informative_missingness
from training.evaluation.folds.known_rows import (
    ALL_ROWS,
    KNOWN_ROWS,
    choose_row_sets,
    find_known_rows,
    find_missing,
)
from training.evaluation.folds.missing_values import MissingColumn


@pytest.fixture(scope="module")
def data():
    return data_with_informative_missingness(300)


def test_a_row_is_known_where_every_column_has_a_value(data):
    known = find_known_rows(data)

    assert list(find_missing(data)) == ["bmi"]
    assert [row.bmi is not None for row in data.rows] == known.tolist()
    assert 0 < known.sum() < len(known)


def test_metrics_are_computed_on_known_rows_and_on_all_rows(data):
    sets = choose_row_sets(data, ONCE.folds(data.labels))

    assert list(sets) == [KNOWN_ROWS, ALL_ROWS]
    assert sets[ALL_ROWS].all()


def test_without_missing_values_there_is_one_set_of_rows(data):
    known = np.flatnonzero(find_known_rows(data))
    complete = dataclasses.replace(data, rows=tuple(data.take(known)), labels=data.labels[known])

    assert list(choose_row_sets(complete, ONCE.folds(complete.labels))) == [ALL_ROWS]


@pytest.mark.parametrize("known_events", [0, 4])
def test_too_few_known_rows_of_a_class_have_no_metrics_of_their_own(data, known_events):
    labels = np.where(find_known_rows(data), 0, 1)
    labels[:known_events] = 1
    unknown = dataclasses.replace(data, labels=labels)

    assert list(choose_row_sets(unknown, ONCE.folds(labels))) == [ALL_ROWS]


def test_a_model_reads_missingness_where_its_answer_is_far_from_that_without_the_column():
    column = MissingColumn(
        column="bmi",
        rows=201,
        observed=0.2,
        without_column=0.08,
        answers={"near": 0.084, "above": 0.141, "below": 0.06, "just near": 0.09},
    )

    assert column.readers() == ["above", "below"]

"""What the report of a run says about its test part."""

from dataclasses import replace

import numpy as np
import pytest

from training.commands.cautions import describe_test
from training.evaluation.operating_points import find_thresholds
from training.run import ScoredRows


def caution(result, labels, probabilities):
    """Describe a run whose test rows have these labels and probabilities."""
    pick = [np.flatnonzero(result.data.labels == label) for label in range(2)]
    indices = np.concatenate([pick[label][: labels.count(label)] for label in range(2)])
    test = ScoredRows(np.sort(np.array(labels)), np.array(probabilities)[:, None])
    result = replace(result, test=test, splits=replace(result.splits, test=indices))
    thresholds = find_thresholds(result.recipe, result.validation)
    return describe_test(result, thresholds.model_copy(update={"default": 0.5}))


@pytest.mark.parametrize(
    ("labels", "probabilities", "line"),
    [
        ([0] * 20 + [1] * 10, [0.2] * 20 + [0.8] * 10, ""),
        ([0] * 20 + [1] * 5, [0.2] * 20 + [0.8] * 5, "Only 5 test rows are 1: the test metrics vary widely."),
        ([0] * 1 + [1] * 2, [0.2, 0.8, 0.8], "Only 1 test row is 0, 2 are 1: the test metrics vary widely."),
        ([0] * 20 + [1] * 20, [0.0] * 40, "At the threshold 0.5 no test row is labelled 1."),
        ([0] * 20 + [1] * 20, [1.0] * 40, "At the threshold 0.5 every test row is labelled 1."),
    ],
)
def test_few_rows_and_a_useless_threshold_are_said_in_one_line(trained_stroke, labels, probabilities, line):
    assert caution(trained_stroke, labels, probabilities) == line


def test_another_operating_point_that_separates_the_rows_is_named(trained_stroke):
    line = caution(trained_stroke, [0] * 20 + [1] * 20, list(np.linspace(0, 0.49, 40)))

    assert line.startswith("At the threshold 0.5 no test row is labelled 1; `")
    assert line.endswith("` has another.")


def test_a_run_without_test_rows_says_nothing(trained_stroke):
    empty = ScoredRows(np.array([], dtype=np.int64), np.zeros((0, 1)))
    thresholds = find_thresholds(trained_stroke.recipe, trained_stroke.validation)

    assert describe_test(replace(trained_stroke, test=empty), thresholds) == ""

"""The threshold that each rule chooses from a table of ten positives and ninety negatives."""

import pytest

from predictor.artefact.records import CountTable
from training.evaluation.operating_points import choose_threshold
from training.recipe import ThresholdRule

# At or above:                  10 | 90       9 | 30      8 | 10      6 | 2
TABLE = CountTable(steps=(500, 1000, 3000, 6000), hits=(1, 1, 2, 6), misses=(60, 20, 8, 2))


@pytest.mark.parametrize(
    ("rule", "value", "threshold"),
    [
        ("fixed", 0.123, 0.123),
        ("sensitivity", 1.0, 0.05),
        ("sensitivity", 0.9, 0.1),
        ("sensitivity", 0.81, 0.1),
        ("sensitivity", 0.8, 0.3),
        ("sensitivity", 0.0, 0.6),
        ("flagged", 1.0, 0.05),
        ("flagged", 0.39, 0.1),
        ("flagged", 0.38, 0.3),
        ("flagged", 0.08, 0.6),
        # Sensitivity minus false positive rate: 0, .567, .689, .578.
        ("youden", 0.0, 0.3),
    ],
)
def test_a_rule_chooses_its_threshold(rule, value, threshold):
    assert choose_threshold(ThresholdRule(rule=rule, value=value, description=""), TABLE) == threshold


def test_no_row_is_flagged_where_too_many_rows_have_the_highest_score():
    threshold = choose_threshold(ThresholdRule(rule="flagged", value=0.05, description=""), TABLE)

    assert TABLE.at(threshold) == (0, 0)

import numpy as np
import pytest

from predictor.artefact.records import CountTable, OperatingPoint, Thresholds
from predictor.model.operating_point_rates import binary_rates, multiclass_rates
from predictor.model.thresholds import ChosenThreshold
from predictor.schema.errors import InvalidThreshold, UnknownOperatingPoint
from training.evaluation.operating_points import count_table
from training.run import ScoredRows

RANDOM = np.random.default_rng(0)
# With four decimals, many rows lie exactly at a threshold.
SCORES_B = RANDOM.beta(1, 8, size=2000).round(4)
LABELS_B = (RANDOM.random(2000) < SCORES_B).astype(np.int64)
TABLE = count_table(ScoredRows(LABELS_B, SCORES_B[:, None]))

THRESHOLDS = Thresholds(
    default=0.2,
    operating_points={
        "default": OperatingPoint(threshold=0.2, description="The model's own"),
        "careful": OperatingPoint(threshold=0.05, description="Miss few"),
    },
    table=TABLE,
)


@pytest.mark.parametrize("threshold", [0, 0.0001, 0.05, 0.07, 0.08, 0.1, 0.29, 0.3, 0.5, 0.57, 0.9999, 1])
def test_the_counts_at_a_threshold_are_those_of_a_direct_count(threshold):
    flagged_B = threshold <= SCORES_B

    assert TABLE.at(threshold) == (
        int((flagged_B & (LABELS_B == 1)).sum()),
        int((flagged_B & (LABELS_B == 0)).sum()),
    )


def test_a_threshold_of_four_decimals_includes_its_own_step():
    steps = tuple(range(10_001))
    table = CountTable(steps=steps, hits=(1,) * 10_001, misses=(0,) * 10_001)

    assert [table.at(step / 10_000)[0] for step in steps] == [10_001 - step for step in steps]


def test_a_multiclass_hit_is_a_row_whose_most_probable_class_is_the_true_one():
    probabilities_BC = np.array([[0.7, 0.2, 0.1], [0.4, 0.5, 0.1], [0.3, 0.3, 0.4]])

    table = count_table(ScoredRows(np.array([0, 0, 2]), probabilities_BC))

    assert table.at(0) == (2, 1)
    assert table.at(0.4) == (2, 1)
    assert table.at(0.5) == (1, 1)
    assert table.at(0.6) == (1, 0)
    assert table.at(1) == (0, 0)


def test_binary_rates_are_those_of_the_confusion_matrix():
    table = CountTable(steps=(1000, 6000), hits=(2, 8), misses=(80, 10))

    rates = binary_rates(table, 0.5)

    assert rates == {
        "true_positives": 8,
        "false_positives": 10,
        "true_negatives": 80,
        "false_negatives": 2,
        "sensitivity": 0.8,
        "specificity": pytest.approx(80 / 90),
        "ppv": pytest.approx(8 / 18),
        "npv": pytest.approx(80 / 82),
        "flagged_per_1000": 180,
        "harm_to_benefit_odds": 1,
        "net_benefit": pytest.approx((8 - 10) / 100),
    }


@pytest.mark.parametrize("rates", [binary_rates, multiclass_rates])
def test_a_rate_with_a_zero_denominator_is_none(rates):
    found = rates(CountTable(steps=(), hits=(), misses=()), 1)

    assert all(value in (0, None) for value in found.values())
    assert None in found.values()


def test_multiclass_rates_count_rows_with_and_without_a_label():
    table = CountTable(steps=(4000, 9000), hits=(3, 6), misses=(1, 0))

    assert multiclass_rates(table, 0.5) == {"labelled": 6, "withheld": 4, "coverage": 0.6, "accuracy": 1}


@pytest.mark.parametrize(
    ("server", "request_", "value", "source"),
    [
        (None, {}, 0.2, "model"),
        (0.4, {}, 0.4, "server"),
        (0.4, {"threshold": 0.6}, 0.6, "request"),
        (0.4, {"operating_point": "careful"}, 0.05, "request"),
        (0.0, {}, 0.0, "server"),
        (0.4, {"threshold": 0.0}, 0.0, "request"),
    ],
)
def test_the_threshold_of_the_request_precedes_that_of_the_server_and_that_of_the_model(
    server, request_, value, source
):
    assert ChosenThreshold.choose(THRESHOLDS, server, **request_) == ChosenThreshold(value, source)


def test_a_threshold_with_an_operating_point_is_refused():
    with pytest.raises(InvalidThreshold, match="not both"):
        ChosenThreshold.choose(THRESHOLDS, threshold=0.1, operating_point="careful")


def test_the_error_for_an_unknown_operating_point_lists_the_names():
    with pytest.raises(UnknownOperatingPoint, match="careful"):
        ChosenThreshold.choose(THRESHOLDS, operating_point="reckless")

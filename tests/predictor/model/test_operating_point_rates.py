import numpy as np
import pytest

from predictor.artefact.records import CountTable
from predictor.model.operating_point_rates import (
    BOUNDS,
    DRAWS,
    SEED,
    binary_rates,
    rate_intervals,
    rates_of_counts,
)

TABLE = CountTable(steps=(100, 500, 1500, 4000), hits=(2, 5, 20, 13), misses=(600, 250, 100, 10))
RATES = ("sensitivity", "specificity", "ppv", "npv", "flagged_per_1000", "net_benefit")


def intervals_of_single_draws(table, threshold):
    """Give the intervals of the rates that `rates_of_counts` gives for each draw by itself."""
    positives, negatives = sum(table.hits), sum(table.misses)
    tp, fp = table.at(threshold)
    cells = np.array([tp, fp, positives - tp, negatives - fp])
    draws = np.random.default_rng(SEED).multinomial(cells.sum(), cells / cells.sum(), size=DRAWS).tolist()
    rates = [rates_of_counts(tp, fp, tp + fn, fp + tn, threshold) for tp, fp, fn, tn in draws]
    defined = {name: [value for rate in rates if (value := rate[name]) is not None] for name in RATES}
    return {name: tuple(np.percentile(values, BOUNDS).tolist()) for name, values in defined.items() if values}


@pytest.mark.parametrize("threshold", [0, 0.01, 0.05, 0.1234, 0.4, 0.9, 1])
def test_the_intervals_are_those_of_single_draws(threshold):
    found, expected = rate_intervals("binary", TABLE, threshold), intervals_of_single_draws(TABLE, threshold)

    assert found.keys() == expected.keys()
    for name, interval in found.items():
        assert interval == pytest.approx(expected[name], abs=1e-12)


@pytest.mark.parametrize("threshold", [0.01, 0.05, 0.1234, 0.4])
def test_each_interval_contains_the_rate(threshold):
    rates = binary_rates(TABLE, threshold)

    for name, (low, high) in rate_intervals("binary", TABLE, threshold).items():
        rate = rates[name]
        assert rate is not None
        assert low <= rate <= high


def test_the_width_of_an_interval_falls_with_the_root_of_the_number_of_rows():
    more = CountTable(
        steps=TABLE.steps,
        hits=tuple(100 * n for n in TABLE.hits),
        misses=tuple(100 * n for n in TABLE.misses),
    )

    def width(table):
        low, high = rate_intervals("binary", table, 0.1)["sensitivity"]
        return high - low

    assert width(more) == pytest.approx(width(TABLE) / 10, rel=0.15)


def test_a_rate_that_is_undefined_in_every_draw_is_left_out():
    assert set(RATES) - set(rate_intervals("binary", TABLE, 0.9)) == {"ppv"}
    assert set(RATES) - set(rate_intervals("binary", TABLE, 1)) == {"ppv", "net_benefit"}


def test_there_are_no_intervals_without_rows_or_for_several_classes():
    assert rate_intervals("binary", CountTable(steps=(), hits=(), misses=()), 0.5) == {}
    assert rate_intervals("multiclass", TABLE, 0.5) == {}

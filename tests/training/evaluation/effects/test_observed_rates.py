"""Observed rates: what follows another column alone is flat after the adjustment for it."""

from dataclasses import replace

import numpy as np
import pytest

from predictor.artefact.effects import ObservedRate
from tests.support.training.made_up import STROKE
from training.data.dataset import DataSet
from training.evaluation.effects.expected_rates import expect_rates
from training.evaluation.effects.observed_rates import find_observed_rates, wilson_interval
from training.recipe import change_recipe
from training.recipes.stroke import PRODUCTION
from training.run import train

ROWS = 3_000
COLUMNS = {column.name: column for column in STROKE.features.columns()}


def made_up_people() -> DataSet:
    """Draw rows in which the outcome follows age and hypertension, and bmi follows age."""
    random = np.random.default_rng(5)
    ages = random.uniform(20, 80, ROWS).round(1)
    bmis = (20 + ages / 5 + random.normal(0, 3, ROWS)).round(1)
    flags = random.random(ROWS) < 0.3
    logits = -4 + (ages - 20) / 15 + 1.5 * flags
    values = zip(ages.tolist(), bmis.tolist(), flags.astype(int).tolist(), strict=True)
    rows = tuple(
        STROKE.features.model_validate(
            STROKE.features.example
            | {"age": age, "hypertension": flag, "bmi": None if place % 10 == 0 else bmi}
        )
        for place, (age, bmi, flag) in enumerate(values)
    )
    labels = (random.random(ROWS) < 1 / (1 + np.exp(-logits))).astype(np.int64)
    return DataSet(STROKE, rows, labels)


@pytest.fixture(scope="module")
def trained():
    learning = {"learning_rate": 0.05, "weight_decay": 0.0, "epochs": 10, "patience": 0}
    changes = {"columns": ("age", "bmi", "hypertension"), "folds": 2, "hidden": ()} | learning
    return train(change_recipe(PRODUCTION, changes), made_up_people())


def rates_of(trained, column: str, adjust_for: str | None) -> list[ObservedRate]:
    return [rate for rate in find_observed_rates(trained, adjust_for) if rate.column == column]


def test_the_adjusted_rates_of_a_column_that_follows_the_other_one_are_flat_within_their_intervals(trained):
    rates = rates_of(trained, "bmi", "age")
    overall = sum(rate.events for rate in rates) / sum(rate.rows for rate in rates)

    assert len(rates) == 10
    assert rates[-1].rate > 2 * rates[0].rate
    intervals = [rate.adjusted_interval for rate in rates if rate.adjusted_interval]
    assert len(intervals) == 10
    # Of ten 95 % intervals, one may miss the true rate.
    assert sum(low <= overall <= high for low, high in intervals) >= 9
    assert rates[-1].interval[0] > rates[0].interval[1]


def test_the_adjusted_rates_of_a_column_with_an_effect_of_its_own_differ(trained):
    without, having = rates_of(trained, "hypertension", "age")

    assert (without.values, having.values) == ("0", "1")
    assert without.adjusted_interval is not None
    assert having.adjusted_interval is not None
    assert without.adjusted_interval[1] < having.adjusted_interval[0]


@pytest.mark.parametrize(("column", "adjust_for"), [("age", "age"), ("bmi", None)])
def test_the_rates_of_the_other_column_itself_and_without_one_are_plain(trained, column, adjust_for):
    rates = rates_of(trained, column, adjust_for)

    assert {rate.adjusted_for for rate in rates} == {None}
    for rate in rates:
        assert rate.rate == pytest.approx(rate.events / rate.rows, rel=1e-3)
        assert rate.interval[0] <= rate.rate <= rate.interval[1]


def test_the_rows_are_those_of_training_and_validation_in_which_the_column_is_known(trained):
    rows = np.union1d(trained.splits.train, trained.splits.validation)
    known = [index for index in rows if trained.data.rows[index].__dict__["bmi"] is not None]

    assert sum(rate.rows for rate in rates_of(trained, "bmi", "age")) == len(known)
    assert sum(rate.events for rate in rates_of(trained, "bmi", "age")) == trained.data.labels[known].sum()
    assert sum(rate.rows for rate in rates_of(trained, "age", "age")) == len(rows)


def test_a_group_with_few_expected_events_has_counts_and_no_adjusted_rate(trained):
    rare = trained.data.labels.copy()
    events = np.flatnonzero(rare)
    rare[events[::8]] = 2
    rare = (rare == 2).astype(np.int64)
    result = replace(trained, data=replace(trained.data, labels=rare))

    rates = rates_of(result, "bmi", "age")

    few = [rate for rate in rates if rate.expected is not None and rate.expected < 5]
    assert few
    assert len(few) < len(rates)
    for rate in rates:
        assert (rate.adjusted is None) == (rate.adjusted_interval is None) == (rate in few)
        assert rate.rows > 100


@pytest.mark.parametrize(
    ("events", "rows", "interval"), [(10, 100, (0.0552, 0.1744)), (0, 10, (0, 0.2775)), (10, 10, (0.7225, 1))]
)
def test_the_interval_is_that_of_wilson(events, rows, interval):
    assert wilson_interval(events, rows) == pytest.approx(interval, abs=1e-4)


def test_a_level_is_expected_to_have_the_rate_of_its_rows():
    labels = np.array([0, 1, 1, 1, 0, 0])

    expected = expect_rates(COLUMNS["gender"], ["Female"] * 2 + ["Male"] * 4, labels)

    assert expected.tolist() == [0.5] * 6


def test_expected_rates_of_a_number_rise_with_it_and_add_up_to_the_events():
    random = np.random.default_rng(0)
    ages = random.uniform(0, 80, 1_000)
    labels = (random.random(1_000) < ages / 100).astype(np.int64)

    expected = expect_rates(COLUMNS["age"], ages.tolist(), labels)

    assert expected.sum() == pytest.approx(labels.sum(), rel=1e-3)
    assert expected[ages > 60].min() > expected[ages < 20].max()

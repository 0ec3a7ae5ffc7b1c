"""Partial dependence: it follows what the data was made with, and what the published model answers."""

from dataclasses import replace

import numpy as np
import pytest

from predictor.model.predictor import read_predictor
from tests.support.training.made_up import STROKE, iris_recipe
from tests.support.training.runs import quickly_trained
from training.data.dataset import DataSet, read_data
from training.evaluation.diagnostics import find_importance
from training.evaluation.effects.observed_rates import find_observed_rates
from training.evaluation.effects.partial_dependence import find_effects
from training.publication.export import export_weights
from training.publication.publish import publish
from training.recipe import Recipe, change_recipe
from training.recipes.iris import builtin_data
from training.recipes.stroke import PRODUCTION
from training.run import TrainingResult, train

COLUMNS = ("gender", "hypertension", "age", "bmi")


def recipe(**changes: object) -> Recipe:
    """Give a recipe of a linear model that learns quickly."""
    learning = {"learning_rate": 0.05, "weight_decay": 0.0, "epochs": 40, "patience": 0, "batch_size": "full"}
    settings = {"columns": COLUMNS, "hidden": (), "folds": 4} | learning
    return change_recipe(PRODUCTION, settings | changes)


@pytest.fixture(scope="module")
def people(made_up_csv) -> DataSet:
    return read_data(made_up_csv, STROKE)


@pytest.fixture(scope="module")
def trained(people) -> TrainingResult:
    return train(recipe(), people)


@pytest.fixture(scope="module")
def effects(trained):
    return {effect.column: effect for effect in find_effects(trained, export_weights(trained))}


def test_every_used_column_has_one_effect_on_the_second_class(effects):
    assert set(effects) == set(COLUMNS)
    assert {effect.outcome for effect in effects.values()} == {STROKE.classes[1]}


def test_the_mean_answer_rises_with_the_column_that_the_outcome_rises_with(effects):
    age = effects["age"]

    assert list(age.mean) == sorted(age.mean)
    assert age.mean[-1] > 5 * age.mean[0]
    assert age.falls == 0
    assert age.high_factor >= age.median_factor > effects["bmi"].median_factor


def test_the_band_over_the_members_contains_the_mean(effects):
    for effect in effects.values():
        for low, mean, high in zip(effect.low, effect.mean, effect.high, strict=True):
            assert low <= mean <= high


def test_a_mean_answer_is_that_of_the_published_model_for_rows_with_this_value(trained, effects, tmp_path):
    model = read_predictor(publish(trained, tmp_path), STROKE, "cpu")
    rows = trained.data.take(trained.splits.validation)
    for column in ("age", "gender"):
        effect = effects[column]
        value, expected = effect.values[-1], effect.mean[-1]
        changed = [row.model_copy(update={column: value}) for row in rows]

        assert effect.rows == len(rows)
        assert model.probabilities(changed).mean() == pytest.approx(expected, rel=1e-3)


def test_factors_and_falls_are_those_of_single_rows(trained, effects, tmp_path):
    model = read_predictor(publish(trained, tmp_path), STROKE, "cpu")
    rows = trained.data.take(trained.splits.validation)
    effect = effects["bmi"]
    answers = [
        model.probabilities([row.model_copy(update={"bmi": value}) for row in rows])[:, 0]
        for value in effect.values
    ]
    factors = np.max(answers, axis=0) / np.min(answers, axis=0)

    assert effect.median_factor == pytest.approx(np.median(factors), rel=1e-3)
    assert effect.high_factor == pytest.approx(np.percentile(factors, 98), rel=1e-3)
    assert effect.falls in {0, 1}  # a linear model falls for every row or for none


def test_numbers_move_over_their_training_range_and_levels_are_those_that_occur(trained, effects):
    train_rows = trained.data.take(trained.splits.train)
    low, high = np.percentile([row.__dict__["age"] for row in train_rows], (1, 99))

    assert len(effects["age"].values) == 21
    assert effects["age"].values[0] == pytest.approx(low, abs=0.1)
    assert effects["age"].values[-1] == pytest.approx(high, abs=0.1)
    assert effects["hypertension"].values == ("0", "1")
    assert set(effects["gender"].values) == {"Female", "Male", "Other"}
    assert effects["gender"].falls is None


def test_the_most_important_columns_come_first(trained):
    order = [importance.column for importance in find_importance(trained)]
    found = [effect.column for effect in find_effects(trained, export_weights(trained), order)]

    assert found == [name for name in order if name in COLUMNS]
    assert found[0] == "age"


def test_test_rows_do_not_enter(people, trained, effects):
    labels = people.labels.copy()
    labels[trained.splits.test] = 1 - labels[trained.splits.test]
    other = train(recipe(), replace(people, labels=labels), splits=trained.splits)

    assert find_effects(other, export_weights(other)) == tuple(effects.values())
    assert find_observed_rates(other, "age") == find_observed_rates(trained, "age")


def test_without_validation_rows_the_training_rows_are_used(people):
    points = {"default": {"rule": "fixed", "value": 0.5, "description": "even odds"}}
    changes = {"validation": "none", "folds": 1, "calibration": "none", "operating_points": points}
    result = train(recipe(monitor="loss", **changes), people)

    effects = find_effects(result, export_weights(result))

    assert {effect.rows for effect in effects} == {len(result.splits.train)}
    for effect in effects:
        assert effect.low == effect.mean == effect.high


def test_each_class_of_several_has_an_effect():
    result = quickly_trained(iris_recipe(), builtin_data())
    effects = find_effects(result, export_weights(result))

    assert len(effects) == 4 * 3
    for column in result.inputs.names:
        means = np.array([effect.mean for effect in effects if effect.column == column])
        assert means.sum(axis=0) == pytest.approx(np.ones(means.shape[1]), abs=1e-3)

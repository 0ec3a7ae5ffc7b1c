"""A model that learned from rows with known values alone: manifest, card, and an answer for a gap."""

import re

import numpy as np
import pytest

import predictor
from predictor.artefact.reader import read_artefact
from tests.support.training.made_up import STROKE, stroke_recipe
from tests.support.training.runs import quick
from training.data.dataset import DataSet, read_data
from training.data.split import split_rows
from training.publication.publish import publish
from training.run import train
from training.task_recipes import Grouping

KNOWN_ROWS = {"impute_numbers": "known_rows", "validation": "folds", "folds": 2}


RECIPE = quick(stroke_recipe(**KNOWN_ROWS))


@pytest.fixture(scope="module")
def data(made_up_csv):
    return read_data(made_up_csv, STROKE)


@pytest.fixture(scope="module")
def result(data):
    return train(RECIPE, data)


@pytest.fixture(scope="module")
def folder(result, tmp_path_factory):
    return publish(result, tmp_path_factory.mktemp("models"), [Grouping("bmi", "bmi", missing=True)])


def missing(data: DataSet, indices: np.ndarray) -> list[bool]:
    return [row.model_dump()["bmi"] is None for row in data.take(indices)]


def test_rows_with_a_gap_are_neither_training_nor_validation_rows_and_test_rows_stay(result, data):
    splits = result.splits

    assert not any(missing(data, splits.train))
    assert not any(missing(data, splits.validation))
    assert all(missing(data, splits.left_out))
    assert any(missing(data, splits.test))
    everything = np.concatenate([splits.train, splits.left_out, splits.test])
    assert sorted(everything.tolist()) == list(range(len(data.rows)))


def test_the_labels_of_the_rows_that_are_left_out_change_nothing_that_was_learned(result, data):
    labels = data.labels.copy()
    labels[result.splits.left_out] = 1 - labels[result.splits.left_out]

    # The folds are stratified by all labels, so they are given.
    again = train(RECIPE, DataSet(STROKE, data.rows, labels), splits=split_rows(data, RECIPE.split))

    assert again.validation.probabilities_BC.tolist() == result.validation.probabilities_BC.tolist()
    assert again.test.probabilities_BC.tolist() == result.test.probabilities_BC.tolist()


def test_manifest_and_card_count_the_rows_and_show_their_group(result, folder):
    manifest, card = read_artefact(folder).manifest, (folder / "card.md").read_text("utf-8")
    count = len(result.splits.left_out)

    assert manifest.data.left_out == count
    assert (
        f"{count} rows are none of these, because a value is missing (bmi): the model learned nothing" in card
    )
    groups = {group.group: group.rows for group in manifest.subgroups}
    assert groups == {"known": manifest.data.validation, "missing": count}
    assert re.search(
        r"^\| bmi \| .* \| rows without it left out of training; stands in: \d", card, re.MULTILINE
    )


def test_the_answer_for_a_gap_is_that_of_the_mean_and_says_so(folder):
    model = predictor.load(folder)
    (fill,) = [f.training.fill for f in model.manifest.features if f.column.name == "bmi"]
    person = STROKE.features.example

    gap, mean = model.predict([person | {"bmi": None}, person | {"bmi": fill}]).probabilities[:, 1]

    assert gap == mean
    (warnings,) = model.predict([person | {"bmi": None}]).warnings
    assert warnings[0].message.startswith(
        f"bmi is missing; the training mean, {fill:.3g} kg/m², stands in for it."
    )


@pytest.mark.parametrize("restricts", [{"limits": {"bmi": (5.0, 95.0)}}, {"effect_penalties": {"bmi": 1.0}}])
def test_the_card_says_what_limits_and_penalties_cost(data, tmp_path, restricts):
    recipe = RECIPE.model_copy(update=restricts)
    folder = publish(train(recipe, data), tmp_path)

    metrics = read_artefact(folder).manifest.metrics
    free = train(recipe.model_copy(update={"limits": {}, "effect_penalties": {}}), data)
    assert metrics.held_out_unrestricted == free.validation.metrics()
    assert metrics.held_out_unrestricted != metrics.held_out
    card = (folder / "card.md").read_text("utf-8")
    assert "| metric | held out | test | held out, unrestricted |" in card


def test_without_limits_and_penalties_the_card_has_no_such_column(folder):
    assert "unrestricted" not in (folder / "card.md").read_text("utf-8").lower()


def test_a_limited_value_has_the_answer_of_the_limit_and_a_warning(data, tmp_path):
    recipe = RECIPE.model_copy(update={"limits": {"bmi": (5.0, 95.0)}})
    model = predictor.load(publish(train(recipe, data), tmp_path))
    low, high = model.manifest.limits["bmi"]
    people = [STROKE.features.example | {"bmi": bmi} for bmi in (low, low - 1, high, high + 1)]

    predictions = model.predict(people)

    at_low, below, at_high, above = predictions.probabilities[:, 1]
    assert (below, above) == (at_low, at_high)
    assert [["uses" in w.message for w in of_row] for of_row in predictions.warnings] == [
        [],
        [True],
        [],
        [True],
    ]
    assert f"limited to {low:.7g} to {high:.7g}" in (model.folder / "card.md").read_text("utf-8")

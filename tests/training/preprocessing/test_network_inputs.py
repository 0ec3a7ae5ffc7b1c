"""The inputs of a network that learns from draws: renewed in each epoch, within the values of like rows."""

import numpy as np
import pytest
import torch

from predictor.schema.features import Features
from tests.support.mixed_task import MIXED, mixed_rows
from training.data.dataset import DataSet, features_frame
from training.preprocessing.inputs import choose_inputs
from training.preprocessing.network_inputs import NetworkInputs, encode_to_learn, find_places
from training.preprocessing.pipeline import fit_preprocessor
from training.recipe import Recipe, Split, ThresholdRule

RECIPE = Recipe(
    name="drawing",
    split=Split(validation="folds", folds=2),
    columns=("mean radius", "active"),
    impute_numbers="draws",
    impute_like=("active",),
    standardise=False,
    epochs=1,
    operating_points={"default": ThresholdRule(rule="fixed", value=0.5, description="One half")},
)


def radius(row: Features) -> float | None:
    value: float | None = row.model_dump()["mean radius"]
    return value


def is_active(row: Features) -> bool:
    return bool(row.model_dump()["active"])


def data() -> DataSet:
    """Give rows in which the radius is above 12 exactly where the row is active."""
    rows, labels = mixed_rows(400)
    sizes = [radius(row) for row in rows]
    kept = [n for n, size in enumerate(sizes) if size is None or (size > 12) == is_active(rows[n])]
    return DataSet(MIXED, tuple(rows[n] for n in kept), np.array([labels[n] for n in kept]))


DATA = data()
EVERY_ROW = np.arange(len(DATA.rows))


@pytest.fixture
def inputs() -> NetworkInputs:
    preprocessor = fit_preprocessor(RECIPE, choose_inputs(RECIPE, MIXED.features), features_frame(DATA.rows))
    return encode_to_learn(preprocessor, DATA, EVERY_ROW)


def radii(inputs: NetworkInputs, *, missing: bool) -> torch.Tensor:
    is_missing = torch.tensor([radius(row) is None for row in DATA.rows])
    return inputs.x_NF[is_missing == missing, inputs.numbers["mean radius"]].clone()


def test_missing_values_are_drawn_anew_and_known_values_stay(inputs):
    random = np.random.default_rng(0)
    known = radii(inputs, missing=False)

    inputs.renew(random)
    first = radii(inputs, missing=True)
    inputs.renew(random)
    second = radii(inputs, missing=True)

    assert (first != second).any()
    assert radii(inputs, missing=False).tolist() == known.tolist()
    assert set(first.tolist()) | set(second.tolist()) <= set(known.tolist())


def test_a_missing_value_is_drawn_from_rows_that_are_alike(inputs):
    inputs.renew(np.random.default_rng(0))

    active = [is_active(row) for row in DATA.rows if radius(row) is None]
    assert (radii(inputs, missing=True) > 12).tolist() == active


def test_the_rows_to_predict_stay_when_values_are_drawn_anew(inputs):
    before = inputs.fillings.x_PF.clone()

    inputs.renew(np.random.default_rng(0))

    assert (inputs.fillings.x_PF == before).all()


def test_the_fillings_of_a_row_are_found_among_those_of_all_rows():
    assert find_places(np.array([1, 3, 1, 2]), np.array([3, 0, 1])).tolist() == [5, 6, 0, 1, 2, 3]

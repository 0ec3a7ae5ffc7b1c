"""The lecture's split and preprocessing, to the digits that it printed."""

import numpy as np
import pytest
import torch

from tests.support.training.made_up import IRIS, STROKE, iris_recipe, stroke_recipe
from training.data.dataset import features_frame, read_data
from training.data.split import split_rows
from training.preprocessing.inputs import choose_inputs
from training.preprocessing.pipeline import fit_preprocessor
from training.recipes.iris import builtin_data
from training.run import build_network

COLUMNS = [
    "gender_Female",
    "gender_Male",
    "ever_married_No",
    "ever_married_Yes",
    "Residence_type_Rural",
    "Residence_type_Urban",
    "work_type_Govt_job",
    "work_type_Never_worked",
    "work_type_Private",
    "work_type_Self-employed",
    "work_type_children",
    "smoking_status_Unknown",
    "smoking_status_formerly smoked",
    "smoking_status_never smoked",
    "smoking_status_smokes",
    "hypertension",
    "heart_disease",
    "age",
    "avg_glucose_level",
    "bmi",
]
SIZES = {"train": 3066, "validation": 1022, "test": 1022}
STROKES = {"train": 157, "validation": 42, "test": 50}


@pytest.fixture(scope="module")
def data(stroke_csv):
    return read_data(stroke_csv, STROKE)


@pytest.fixture(scope="module")
def splits(data):
    return split_rows(data, stroke_recipe().split)


@pytest.fixture(scope="module")
def preprocessor(data, splits):
    recipe = stroke_recipe()
    inputs = choose_inputs(recipe, STROKE.features)
    return fit_preprocessor(recipe, inputs, features_frame(data.take(splits.train)))


@pytest.mark.parametrize("name", SIZES)
def test_each_split_has_the_lectures_rows_and_strokes(data, splits, name):
    indices = getattr(splits, name)

    assert len(indices) == SIZES[name]
    assert data.labels[indices].sum() == STROKES[name]


def test_no_row_is_in_two_splits(data, splits):
    indices = np.concatenate([splits.train, splits.validation, splits.test])

    assert sorted(indices) == list(range(len(data.rows)))


def test_the_first_training_rows_are_the_lectures(splits):
    assert splits.train[:3].tolist() == [1914, 1958, 2920]


def test_the_encoded_columns_are_in_the_lectures_order(preprocessor):
    assert preprocessor.get_feature_names_out().tolist() == COLUMNS


def test_the_first_training_rows_have_the_lectures_digits(data, splits, preprocessor):
    encoded = preprocessor.transform(features_frame(data.take(splits.train[:2])))

    assert encoded[:, -3:].round(6).tolist() == [
        [0.003896, -0.628661, 0.005109],
        [-1.634096, -0.257346, -1.509505],
    ]


def test_a_category_without_training_rows_is_encoded_as_zeros(data, preprocessor):
    others = [row for row in data.rows if row.__dict__["gender"] == "Other"]

    encoded = preprocessor.transform(features_frame(others))

    assert encoded[:, :2].tolist() == [[0.0, 0.0]]


def test_the_iris_split_is_the_lectures():
    splits = split_rows(builtin_data(), iris_recipe().split)
    main = np.concatenate([splits.train, splits.validation])

    assert (len(main), len(splits.test)) == (112, 38)
    assert main[:3].tolist() == [53, 58, 95]
    assert len(splits.validation) == 28


def test_iris_has_fifty_flowers_of_each_species():
    assert builtin_data().class_counts() == {"setosa": 50, "versicolor": 50, "virginica": 50}


def test_iris_is_not_scaled():
    data, recipe = builtin_data(), iris_recipe()
    frame = features_frame(data.rows)

    encoded = fit_preprocessor(recipe, choose_inputs(recipe, IRIS.features), frame).transform(frame)

    assert encoded.tolist() == frame.to_numpy().tolist()


def test_the_stroke_network_has_the_lectures_parameters():
    network = build_network(STROKE, stroke_recipe(), inputs=20)
    counts = [
        weight.numel() + bias.numel()
        for weight, bias in zip(network.weights_MIO, network.biases_M1O, strict=True)
    ]

    assert counts == [672, 528, 17]
    assert network.shape.parameters == 1217


@pytest.mark.parametrize(
    ("task", "recipe", "inputs"), [(STROKE, stroke_recipe(), 20), (IRIS, iris_recipe(), 4)]
)
def test_weights_are_initialised_as_by_glorot_and_biases_with_zero(task, recipe, inputs):
    network = build_network(task, recipe, inputs)

    for weight_MIO in network.weights_MIO:
        limit = (6 / sum(weight_MIO.shape[1:])) ** 0.5
        largest = weight_MIO.detach().abs().max().item()
        # All weights are within the limit, and the largest of many is close to it.
        assert 0.7 * limit < largest <= limit
    assert all(not torch.any(bias_M1O) for bias_M1O in network.biases_M1O)


def test_the_stroke_network_has_the_negative_slope_of_keras():
    network = build_network(STROKE, stroke_recipe(hidden=(1,)), inputs=1)
    with torch.no_grad():
        for weight_MIO in network.weights_MIO:
            weight_MIO.fill_(1.0)

    logits_BC = network(torch.tensor([[-1.0], [1.0]]))[0]

    assert logits_BC.flatten().tolist() == pytest.approx([-0.2, 1.0])

"""Shapes: B rows, K raw columns, F encoded features."""

import dataclasses

import numpy as np
import pytest

from predictor.artefact.weights import EncodedColumn
from predictor.engines.encoding import Encoder, raw_matrix
from predictor.tasks.stroke import TASK as STROKE
from tests.support.artefacts import random_model

COLUMNS = STROKE.features.columns()
NAMES = [column.name for column in COLUMNS]


def row(**changes):
    return STROKE.features.model_validate(STROKE.features.example | changes)


def encoder(*encoding: tuple[str, str | None], fill=0.0, mean=0.0, scale=1.0) -> Encoder:
    size = len(encoding)
    model = dataclasses.replace(
        random_model(STROKE, np.random.default_rng(0), hidden=()),
        encoding=tuple(EncodedColumn(column=column, category=category) for column, category in encoding),
        fill_F=np.full(size, fill),
        mean_F=np.full(size, mean),
        scale_F=np.full(size, scale),
    )
    return Encoder(COLUMNS, model)


def test_a_category_is_encoded_as_its_index_and_a_missing_number_as_nan():
    raw_BK = raw_matrix([row(gender="Other", bmi=None), row(gender="Female", bmi=20)], COLUMNS)

    assert raw_BK[:, NAMES.index("gender")].tolist() == [2, 0]
    assert raw_BK[:, NAMES.index("bmi")].tolist() == pytest.approx([np.nan, 20], nan_ok=True)
    assert raw_BK.shape == (2, 10)


def test_no_rows_give_an_empty_matrix():
    assert raw_matrix([], COLUMNS).shape == (0, 10)


def test_a_category_becomes_1_in_its_own_input_and_0_in_the_others():
    encoding = encoder(("gender", "Male"), ("gender", "Female"), ("smoking_status", "smokes"))

    x_BF = encoding.encode(
        raw_matrix([row(gender="Male", smoking_status="smokes"), row(gender="Other")], COLUMNS)
    )

    assert x_BF.tolist() == [[1, 0, 1], [0, 0, 0]]


def test_a_number_is_scaled_and_a_missing_one_filled_first():
    encoding = encoder(("bmi", None), fill=30.0, mean=20.0, scale=5.0)

    x_BF = encoding.encode(raw_matrix([row(bmi=25), row(bmi=None)], COLUMNS))

    assert x_BF.tolist() == [[1.0], [2.0]]


def test_a_flag_stays_as_it_is():
    encoding = encoder(("hypertension", None))

    x_BF = encoding.encode(raw_matrix([row(hypertension=1), row(hypertension=0)], COLUMNS))

    assert x_BF.tolist() == [[1.0], [0.0]]


def test_inputs_have_the_order_of_the_model_and_not_of_the_row():
    encoding = encoder(("bmi", None), ("age", None))

    x_BF = encoding.encode(raw_matrix([row(age=50, bmi=25)], COLUMNS))

    assert x_BF.tolist() == [[25, 50]]

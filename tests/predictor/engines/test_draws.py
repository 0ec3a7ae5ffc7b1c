"""Drawn values: the mean over the draws, the cell of a row, and the number of rows that they cost.

Shapes: M members, B rows, P fillings, K raw columns, C outputs.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from predictor.artefact.weights import DRAWS, Array, DrawnColumn, LikeColumn
from predictor.engines.activations import probabilities_from_logits
from predictor.engines.draws import DrawsEngine, mean_over_draws
from predictor.engines.encoding import raw_matrix
from predictor.schema.features import Features
from tests.support.artefacts import random_model
from tests.support.mixed_task import MIXED

COLUMNS = MIXED.features.columns()
# Cells of an age below 40, from 40, or missing, times not active, active, or missing.
LIKE = (LikeColumn(column="age", codes=2, edges=(40.0,)), LikeColumn(column="active", codes=2))
DRAWS_LQ = np.arange(9 * DRAWS, dtype=np.float64).reshape(9, DRAWS)


class EchoEngine:
    """Answers each row with the value of one column as its logit, and counts the rows."""

    device, few_rows, tolerance, columns = "cpu", 1, 1e-6, COLUMNS

    def __init__(self, column: str) -> None:
        self.index = [other.name for other in COLUMNS].index(column)
        self.rows = 0

    def calibrated_logits(self, raw_BK: Array) -> Array:
        self.rows += len(raw_BK)
        return raw_BK[None, :, [self.index]]

    def calibrated_logits_of_row(self, row: Features) -> Array:
        return self.calibrated_logits(raw_matrix([row], COLUMNS))[:, 0]


def drawing(column: str, draws_LQ: Array = DRAWS_LQ) -> tuple[EchoEngine, DrawsEngine]:
    model = random_model(MIXED, np.random.default_rng(0), ())
    echo = EchoEngine(column)
    model = model.__class__(
        **{**model.__dict__, "drawn": (DrawnColumn(column=column, like=LIKE),), "draws_LQ": (draws_LQ,)}
    )
    return echo, DrawsEngine(echo, model)


def row(**changes: object) -> Features:
    return MIXED.features.model_validate(MIXED.features.example | changes)


@pytest.mark.parametrize(("age", "active", "cell"), [(39, 0, 0), (39, 1, 1), (40, 0, 3), (41, 1, 4)])
def test_a_missing_value_becomes_each_draw_of_its_cell(age, active, cell):
    _, engine = drawing("mean radius", DRAWS_LQ / 100)
    known, missing = row(), row(age=age, active=active, **{"mean radius": None})

    logits_MBC = engine.calibrated_logits(raw_matrix([known, missing], COLUMNS))

    drawn_Q = DRAWS_LQ[cell] / 100
    mean = probabilities_from_logits(drawn_Q[:, None]).mean()
    assert logits_MBC[0, 0, 0] == 12.5
    assert probabilities_from_logits(logits_MBC)[0, 1, 0] == pytest.approx(mean, abs=1e-12)
    assert engine.calibrated_logits_of_row(missing) == pytest.approx(logits_MBC[:, 1])


def test_a_row_with_a_gap_costs_twenty_rows_and_any_other_one():
    echo, engine = drawing("mean radius")

    engine.calibrated_logits(raw_matrix([row(), row(**{"mean radius": None}), row()], COLUMNS))

    assert echo.rows == 22


LOGITS = arrays(np.float64, (2, DRAWS + 2, 3), elements=st.floats(-700, 700))


@given(logits=LOGITS, outputs=st.sampled_from([1, 3]))
def test_the_mean_of_draws_is_that_of_the_probabilities(logits, outputs):
    logits_MPC = logits[:, :, :outputs]

    mean_MBC = mean_over_draws(logits_MPC, [1, DRAWS, 1])

    assert mean_MBC.shape == (2, 3, outputs)
    assert mean_MBC[:, [0, 2]].tolist() == logits_MPC[:, [0, -1]].tolist()
    expected_MC = probabilities_from_logits(logits_MPC[:, 1:-1]).mean(axis=1)
    assert probabilities_from_logits(mean_MBC[:, 1]) == pytest.approx(expected_MC, abs=1e-12)

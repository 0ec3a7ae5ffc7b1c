import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from predictor.engines.activations import logit, probabilities_from_logits, sigmoid, softmax

LOGITS = st.floats(-1e5, 1e5)

examples = settings(derandomize=True, max_examples=100, deadline=None, database=None)


@examples
@given(arrays(float, (4, 3), elements=LOGITS))
def test_softmax_gives_probabilities_that_sum_to_one(logits_BC):
    probabilities_BC = softmax(logits_BC)

    assert probabilities_BC.min() >= 0
    assert probabilities_BC.sum(axis=1) == pytest.approx(1)


@examples
@given(arrays(float, (4, 3), elements=LOGITS), st.floats(-100, 100))
def test_softmax_does_not_change_when_every_logit_is_shifted_equally(logits_BC, shift):
    assert softmax(logits_BC + shift) == pytest.approx(softmax(logits_BC), abs=1e-9)


@examples
@given(arrays(float, 4, elements=LOGITS))
def test_sigmoid_is_symmetric(logits):
    assert sigmoid(-logits) == pytest.approx(1 - sigmoid(logits))


@examples
@given(st.floats(-20, 20))
def test_logit_is_the_inverse_of_sigmoid(value):
    assert logit(float(sigmoid(np.array(value)))) == pytest.approx(value, abs=1e-6)


@pytest.mark.parametrize("activation", [sigmoid, softmax])
def test_extreme_logits_neither_overflow_nor_warn(activation):
    with np.errstate(all="raise", under="ignore"):
        probabilities = activation(np.array([[1e300, -1e300, 0.0]]))

    assert np.isfinite(probabilities).all()


def test_the_logits_of_0_and_1_are_infinite():
    assert logit(0.0) == -math.inf
    assert logit(1.0) == math.inf


def test_one_output_has_a_sigmoid_and_more_have_a_softmax():
    assert probabilities_from_logits(np.array([[0.0]])).tolist() == [[0.5]]
    assert probabilities_from_logits(np.array([[0.0, 0.0]])).tolist() == [[0.5, 0.5]]

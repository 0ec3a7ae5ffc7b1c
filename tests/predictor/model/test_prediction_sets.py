import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pydantic import ValidationError

from predictor.artefact.records import STEPS, ClassScores
from predictor.engines.activations import sigmoid, softmax
from predictor.model.prediction_sets import PredictionSets, member_interval, score_classes

PROBABILITY = st.floats(0, 1)
ERROR_RATE = st.floats(0.001, 0.999)

examples = settings(derandomize=True, max_examples=100, deadline=None, database=None)


@examples
@given(st.data(), st.integers(1, 12), st.integers(1, 4), st.integers(1, 3))
def test_the_interval_is_numpys_quantile_to_the_last_bit(data, members, rows, outputs):
    probabilities_MBC = data.draw(arrays(float, (members, rows, outputs), elements=PROBABILITY))

    low_BC, high_BC = member_interval(probabilities_MBC)

    assert low_BC.tolist() == np.quantile(probabilities_MBC, 0.05, axis=0).tolist()
    assert high_BC.tolist() == np.quantile(probabilities_MBC, 0.95, axis=0).tolist()


@examples
@given(st.integers(1, 12), PROBABILITY)
def test_the_interval_of_members_that_agree_is_one_number(members, probability):
    low_BC, high_BC = member_interval(np.full((members, 1, 1), probability))

    assert low_BC == high_BC == probability


def p_value_by_counting(held_out, labels, k, probability):
    """Give the fraction of rows of class k, the new row included, with at most this probability."""
    own = [int(p[k] * STEPS) for p, label in zip(held_out, labels, strict=True) if label == k]
    return (1 + sum(score <= int(probability * STEPS) for score in own)) / (1 + len(own))


@examples
@given(st.data(), st.integers(2, 4), ERROR_RATE)
def test_the_sets_are_those_of_p_values_by_counting(data, classes, error_rate):
    rows = data.draw(st.integers(1, 30))
    held_out_BC = softmax(data.draw(arrays(float, (rows, classes), elements=st.floats(-9, 9))))
    labels_B = data.draw(arrays(np.int64, rows, elements=st.integers(0, classes - 1)))
    new_BC = softmax(data.draw(arrays(float, (5, classes), elements=st.floats(-9, 9))))

    sets_BK = PredictionSets(score_classes(held_out_BC, labels_B)).select_classes(new_BC, error_rate)

    assert sets_BK.tolist() == [
        [p_value_by_counting(held_out_BC, labels_B, k, row[k]) > error_rate for k in range(classes)]
        for row in new_BC
    ]


@examples
@given(st.data(), ERROR_RATE)
def test_a_binary_output_has_the_sets_of_its_two_classes(data, error_rate):
    held_out_B1 = data.draw(arrays(float, (20, 1), elements=PROBABILITY))
    labels_B = data.draw(arrays(np.int64, 20, elements=st.integers(0, 1)))

    one = PredictionSets(score_classes(held_out_B1, labels_B)).select_classes(held_out_B1, error_rate)
    both_B2 = np.hstack([1 - held_out_B1, held_out_B1])
    two = PredictionSets(score_classes(both_B2, labels_B)).select_classes(both_B2, error_rate)

    assert one.tolist() == two.tolist()


def calibrated_rows(random, rows):
    """Draw rows with calibrated probabilities, of which 5 % have the outcome."""
    probabilities_B1 = sigmoid(random.normal(-3.9, 1.6, (rows, 1)))
    return probabilities_B1, (random.random(rows) < probabilities_B1[:, 0]).astype(np.int64)


@pytest.mark.parametrize("error_rate", [0.05, 0.1, 0.3])
def test_the_sets_miss_each_class_at_the_error_rate_at_most(error_rate):
    random = np.random.default_rng(0)
    covered: dict[int, list[float]] = {0: [], 1: []}
    for _ in range(100):
        sets = PredictionSets(score_classes(*calibrated_rows(random, 2_000)))
        new_B1, labels_B = calibrated_rows(random, 2_000)
        member_BK = sets.select_classes(new_B1, error_rate)
        for k, shares in covered.items():
            shares.append(member_BK[labels_B == k, k].mean())

    for shares in covered.values():
        # The guarantee holds in the mean over samples of held-out rows, so three standard errors are allowed.
        margin = 3 * np.std(shares) / np.sqrt(len(shares))
        assert 1 - error_rate - margin <= np.mean(shares) <= 1 - error_rate + 0.02 + margin


@examples
@given(st.data(), ERROR_RATE, ERROR_RATE)
def test_a_smaller_error_rate_never_removes_a_class_from_a_set(data, one, other):
    held_out_B1 = data.draw(arrays(float, (20, 1), elements=PROBABILITY))
    labels_B = data.draw(arrays(np.int64, 20, elements=st.integers(0, 1)))
    sets = PredictionSets(score_classes(held_out_B1, labels_B))

    strict_BK = sets.select_classes(held_out_B1, min(one, other))
    lax_BK = sets.select_classes(held_out_B1, max(one, other))

    assert (strict_BK >= lax_BK).all()


@examples
@given(st.data(), ERROR_RATE)
def test_a_class_stays_in_the_set_as_its_probability_grows(data, error_rate):
    held_out_B1 = data.draw(arrays(float, (20, 1), elements=PROBABILITY))
    labels_B = data.draw(arrays(np.int64, 20, elements=st.integers(0, 1)))
    sets = PredictionSets(score_classes(held_out_B1, labels_B))

    member_BK = sets.select_classes(np.linspace(0, 1, 201)[:, None], error_rate)

    assert (np.diff(member_BK[:, 1].astype(int)) >= 0).all()
    assert (np.diff(member_BK[:, 0].astype(int)) <= 0).all()


def test_a_class_without_held_out_rows_is_never_ruled_out():
    sets = PredictionSets((ClassScores(steps=(9_000,), counts=(99,)), ClassScores(steps=(), counts=())))

    assert sets.select_classes(np.array([[0.5], [0.001], [0.999]]), 0.5).tolist() == [
        [False, True],
        [True, True],
        [False, True],
    ]


def test_scores_for_another_number_of_classes_are_refused():
    scores = (ClassScores(steps=(5_000,), counts=(1,)),)

    for wrong in (scores, scores * 3):
        with pytest.raises(ValueError, match="another number of classes"):
            PredictionSets(wrong).select_classes(np.array([[0.5]]), 0.1)


@pytest.mark.parametrize(
    ("steps", "counts"), [((1, 2), (1,)), ((2, 1), (1, 1)), ((1, 1), (1, 1)), ((1,), (-1,)), ((-1,), (1,))]
)
def test_scores_without_ascending_steps_and_positive_counts_are_refused(steps, counts):
    with pytest.raises(ValidationError):
        ClassScores(steps=steps, counts=counts)

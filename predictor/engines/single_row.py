"""Output activation, intervals and prediction set of a single row, in plain Python.

A numpy call takes about a microsecond whatever the size of its arrays, so for one row plain Python is faster
than numpy. The results may differ from those of a batch in the last bit. Rounding removes the difference,
except in the very rare case of a number in the middle between two rounded values.

Shapes: M members, C outputs.
"""

from collections.abc import Sequence
from math import exp
from operator import ge

ROUNDING = 1e9

# A quantile of sorted values lies between those at two indices: nearest + (farther - nearest) * weight.
QuantileIndices = tuple[int, int, float]


def round_probability(probability: float) -> float:
    """Round to nine decimals, as `numpy.rint(p * 1e9) / 1e9` does."""
    return round(probability * ROUNDING) / ROUNDING


def sigmoid(logit: float) -> float:
    """Give 1 / (1 + exp(-z)) without overflow."""
    small = exp(-abs(logit))
    return (1.0 if logit >= 0 else small) / (1.0 + small)


def softmax(logits_C: Sequence[float]) -> list[float]:
    """Give exp(z) / sum(exp(z)) without overflow."""
    largest = max(logits_C)
    exponentials = [exp(logit - largest) for logit in logits_C]
    total = sum(exponentials)
    return [exponential / total for exponential in exponentials]


def predict_binary(logits_M: list[float], shift: float, quantiles: Sequence[QuantileIndices]) -> list[float]:
    """Give the probability of the members' mean logit, then each quantile of the members' probabilities."""
    numbers = [sigmoid(sum(logits_M) / len(logits_M) + shift)]
    # The sigmoid is increasing, so the logits can be sorted, and only a few members need it.
    ordered = sorted(logits_M)
    for near, far, weight in quantiles:
        nearer, farther = sigmoid(ordered[near] + shift), sigmoid(ordered[far] + shift)
        numbers.append(nearer + (farther - nearer) * weight)
    return list(map(round_probability, numbers))


def predict_multiclass(logits_MC: list[list[float]], quantiles: Sequence[QuantileIndices]) -> list[float]:
    """Give for each class what `predict_binary` gives for one, in turn."""
    means = [sum(of_class) / len(logits_MC) for of_class in zip(*logits_MC, strict=True)]
    by_class = map(sorted, zip(*map(softmax, logits_MC), strict=True))
    numbers = []
    for probability, ordered in zip(softmax(means), by_class, strict=True):
        numbers.append(probability)
        for near, far, weight in quantiles:
            numbers.append(ordered[near] + (ordered[far] - ordered[near]) * weight)
    return list(map(round_probability, numbers))


def select_classes(probabilities: list[float], cutoffs: Sequence[float]) -> list[bool]:
    """Say for each class whether it belongs to the prediction set: its probability reaches the cutoff."""
    by_class = probabilities if len(probabilities) > 1 else [1 - probabilities[0], probabilities[0]]
    return list(map(ge, by_class, cutoffs))

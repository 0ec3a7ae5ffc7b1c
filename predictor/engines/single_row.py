"""The heads and the uncertainty of one row, in plain Python.

numpy costs about a microsecond a call, whatever the size: for one row that is most of the time.
The two ways may differ in the last bit. `rounded` takes that away, but for the very rare number that
lies so near the middle between two roundings that its last bit decides.
"""

from collections.abc import Sequence
from math import exp
from operator import ge

ROUNDING = 1e9

Place = tuple[int, int, float]


def rounded(probability: float) -> float:
    """Give a probability to nine decimals, as `numpy.rint(p * 1e9) / 1e9` does."""
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


def answer_binary(logits_M: list[float], shift: float, places: Sequence[Place]) -> list[float]:
    """Give the probability of the members' mean logit, and the two ends of the spread of theirs."""
    numbers = [sigmoid(sum(logits_M) / len(logits_M) + shift)]
    # The sigmoid keeps the order, so only the members that count need it.
    ordered = sorted(logits_M)
    for near, far, weight in places:
        nearer, farther = sigmoid(ordered[near] + shift), sigmoid(ordered[far] + shift)
        numbers.append(nearer + (farther - nearer) * weight)
    return list(map(rounded, numbers))


def answer_multiclass(logits_MC: list[list[float]], places: Sequence[Place]) -> list[float]:
    """Give for each class the probability of the members' mean logits, and the two ends of the spread."""
    means = [sum(of_class) / len(logits_MC) for of_class in zip(*logits_MC, strict=True)]
    by_class = map(sorted, zip(*map(softmax, logits_MC), strict=True))
    numbers = []
    for probability, ordered in zip(softmax(means), by_class, strict=True):
        numbers.append(probability)
        for near, far, weight in places:
            numbers.append(ordered[near] + (ordered[far] - ordered[near]) * weight)
    return list(map(rounded, numbers))


def prediction_set(probabilities: list[float], cutoffs: Sequence[float]) -> list[bool]:
    """Say which classes are probable enough to belong to the set."""
    by_class = probabilities if len(probabilities) > 1 else [1 - probabilities[0], probabilities[0]]
    return list(map(ge, by_class, cutoffs))

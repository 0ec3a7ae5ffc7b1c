"""The heads and the uncertainty of one row, in plain Python.

numpy costs about a microsecond a call, whatever the size: for one row that is most of the time.
The two ways may differ in the last bit, which `rounded` takes away.
"""

from collections.abc import Sequence
from math import exp

ROUNDING = 1e9

Place = tuple[int, int, float]
# Each output's probability, and the two ends of each one's spread.
Told = tuple[list[float], list[list[float]]]


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


def answer_binary(logits_M: list[float], shift: float, places: Sequence[Place]) -> Told:
    """Give the probability of the members' mean logit, and the spread of theirs."""
    # The sigmoid keeps the order, so only the members that count need it.
    ordered = sorted(logits_M)
    spread = [
        _between(sigmoid(ordered[near] + shift), sigmoid(ordered[far] + shift), weight)
        for near, far, weight in places
    ]
    return [rounded(sigmoid(sum(logits_M) / len(logits_M) + shift))], [spread]


def answer_multiclass(logits_MC: list[list[float]], places: Sequence[Place]) -> Told:
    """Give the probabilities of the members' mean logits, and the spread of theirs for each class."""
    means = [sum(of_class) / len(logits_MC) for of_class in zip(*logits_MC, strict=True)]
    by_class = map(sorted, zip(*map(softmax, logits_MC), strict=True))
    spreads = [
        [_between(ordered[near], ordered[far], weight) for near, far, weight in places]
        for ordered in by_class
    ]
    return [rounded(probability) for probability in softmax(means)], spreads


def _between(near: float, far: float, weight: float) -> float:
    return rounded(near + (far - near) * weight)


def prediction_set(probabilities: list[float], cutoffs: Sequence[float]) -> list[bool]:
    """Say which classes are probable enough to belong to the set."""
    by_class = probabilities if len(probabilities) > 1 else [1 - probabilities[0], probabilities[0]]
    return [probability >= cutoff for probability, cutoff in zip(by_class, cutoffs, strict=True)]

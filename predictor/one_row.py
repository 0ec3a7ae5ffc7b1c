"""The heads and the uncertainty of one row, in plain Python.

numpy costs about a microsecond a call, whatever the size: for one row that is most of the time. For
two rows and more `predictor.heads` and `predictor.uncertainty` are faster (`make bench PARTS=stages`).
The two ways may differ in the last bit, which `rounded` takes away.
"""

from collections.abc import Sequence
from math import exp

ROUNDING = 1e9

Probabilities = list[float]
Place = tuple[int, int, float]


def rounded(probability: float) -> float:
    """Give a probability to nine decimals, as `numpy.rint(p * 1e9) / 1e9` does."""
    return round(probability * ROUNDING) / ROUNDING


def sigmoid(logit: float) -> float:
    """Give 1 / (1 + exp(-z)) without overflow."""
    small = exp(-abs(logit))
    return (1.0 if logit >= 0 else small) / (1.0 + small)


def softmax(logits_C: Sequence[float]) -> Probabilities:
    """Give exp(z) / sum(exp(z)) without overflow."""
    largest = max(logits_C)
    exponentials = [exp(logit - largest) for logit in logits_C]
    total = sum(exponentials)
    return [exponential / total for exponential in exponentials]


def probabilities_from_logits(logits_C: Sequence[float], shift: float = 0.0) -> Probabilities:
    """Apply the head that belongs to the number of outputs; the shift is for one output alone."""
    return [sigmoid(logits_C[0] + shift)] if len(logits_C) == 1 else softmax(logits_C)


def mean_logits(logits_MC: Sequence[Sequence[float]]) -> list[float]:
    """Give the mean over the members of each output."""
    return [sum(of_output) / len(logits_MC) for of_output in zip(*logits_MC, strict=True)]


def spread(logits_MC: Sequence[Sequence[float]], shift: float, places: Sequence[Place]) -> list[list[float]]:
    """Give the two percentiles of each output's probabilities over the members."""
    if len(logits_MC[0]) == 1:
        # The sigmoid keeps the order, so only the members that count need it.
        ordered = sorted(logits_C[0] for logits_C in logits_MC)
        return [[_between(sigmoid(ordered[n] + shift), sigmoid(ordered[f] + shift), w) for n, f, w in places]]
    by_output = zip(*map(softmax, logits_MC), strict=True)
    return [[_between(ordered[n], ordered[f], w) for n, f, w in places] for ordered in map(sorted, by_output)]


def _between(near: float, far: float, weight: float) -> float:
    return rounded(near + (far - near) * weight)


def prediction_set(probabilities: Probabilities, cutoffs: Sequence[float]) -> list[bool]:
    """Say which classes are probable enough to belong to the set."""
    by_class = probabilities if len(probabilities) > 1 else [1 - probabilities[0], probabilities[0]]
    return [probability >= cutoff for probability, cutoff in zip(by_class, cutoffs, strict=True)]

"""The uncertainty of a prediction: the interval of the ensemble, and conformal prediction sets.

Shapes: M members, B rows, C outputs, K classes.
"""

from collections.abc import Sequence
from functools import cache, lru_cache
from math import inf

import numpy as np
from numpy.typing import NDArray

from predictor.artefact.records import STEPS, ClassScores
from predictor.artefact.weights import Array
from predictor.engines.activations import class_probabilities

QUANTILES = (0.05, 0.95)
DEFAULT_ERROR_RATE = 0.1


def member_interval(probabilities_MBC: Array) -> Array:
    """Give the 5th and 95th percentile of the members' probabilities (2, B, C), as numpy.quantile does.

    The interval shows how far the members disagree. It is not a confidence interval.
    """
    # np.quantile takes longer than the whole network.
    sorted_MBC = np.sort(probabilities_MBC, axis=0)
    near, far, weight = quantile_indices(len(sorted_MBC))
    near_2BC = sorted_MBC.take(near, axis=0)
    interval_2BC: Array = near_2BC + (sorted_MBC.take(far, axis=0) - near_2BC) * weight
    return interval_2BC


@cache
def quantile_indices(members: int) -> tuple[NDArray[np.intp], NDArray[np.intp], Array]:
    """Give for each quantile the index of the nearest sorted member, that of the other, and its weight.

    The quantile is nearest + (other - nearest) * weight, which gives numpy.quantile's result bit for bit.
    """
    positions = np.array(QUANTILES) * (members - 1)
    below = positions.astype(int)
    above = np.minimum(below + 1, members - 1)
    fraction = positions - below
    is_nearest_above = fraction >= 0.5  # noqa: PLR2004 (one half)
    near, far = np.where(is_nearest_above, above, below), np.where(is_nearest_above, below, above)
    weight = np.where(is_nearest_above, 1 - fraction, fraction)
    return near, far, weight[:, None, None]


class PredictionSets:
    """Class-conditional conformal prediction (Vovk 2012) with the score 1 - p of the class.

    Among the rows of a class, the prediction sets miss that class at a rate of about `error_rate`. This
    holds for each class separately, also for a rare one.
    """

    def __init__(self, scores: Sequence[ClassScores]) -> None:
        self._scores = [(np.array(score.steps), np.cumsum([0, *score.counts])) for score in scores]
        self.cutoffs = lru_cache(maxsize=64)(self._compute_cutoffs)

    def select_classes(self, probabilities_BC: Array, error_rate: float) -> NDArray[np.bool_]:
        """Say for each row and class whether the class belongs to the prediction set (B, K)."""
        by_class_BK = class_probabilities(probabilities_BC)
        if by_class_BK.shape[1] != len(self._scores):
            raise ValueError("The scores are for another number of classes.")
        return by_class_BK >= self.cutoffs(error_rate)

    def _compute_cutoffs(self, error_rate: float) -> tuple[float, ...]:
        """Give for each class the lowest probability that puts it into the set; infinite if none does.

        A class belongs to the set if its p-value exceeds the error rate. The p-value is the fraction of the
        held-out rows of the class, the new row included, whose probability of the class is at most that of
        the new row.
        """
        if not 0 < error_rate < 1:
            raise ValueError("An error rate lies between 0 and 1.")
        return tuple(_compute_cutoff(error_rate, steps, cumulative) for steps, cumulative in self._scores)


def _compute_cutoff(error_rate: float, steps: Array, cumulative: Array) -> float:
    sufficient = np.flatnonzero((cumulative + 1) / (cumulative[-1] + 1) > error_rate)
    if not sufficient.size:
        return inf
    # cumulative[i] rows lie at or below step i - 1; if 0 rows suffice, so does any probability.
    return float(steps[sufficient[0] - 1]) / STEPS if sufficient[0] else 0.0


def score_classes(
    probabilities_BC: Array, labels_B: np.ndarray[tuple[int], np.dtype[np.int64]]
) -> tuple[ClassScores, ...]:
    """Count the held-out rows of each class by the predicted probability of that class."""
    steps_BK = np.floor(class_probabilities(probabilities_BC) * STEPS).astype(int)
    scores = []
    for k in range(steps_BK.shape[1]):
        steps, counts = np.unique(steps_BK[labels_B == k, k], return_counts=True)
        scores.append(ClassScores(steps=tuple(steps.tolist()), counts=tuple(counts.tolist())))
    return tuple(scores)

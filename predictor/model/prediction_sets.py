"""How sure an answer is: the spread of the ensemble, and sets of classes that cannot be ruled out.

Shapes: M members, B rows, C outputs, K classes.
"""

from collections.abc import Sequence
from functools import cache, lru_cache, partial
from math import inf

import numpy as np
from numpy.typing import NDArray

from predictor.artefact.records import STEPS, ClassScores
from predictor.artefact.weights import Array
from predictor.engines.activations import class_probabilities

SPREAD = (0.05, 0.95)
DEFAULT_ERROR_RATE = 0.1


def spread(probabilities_MBC: Array) -> Array:
    """Give the 5th and 95th percentile of the members' probabilities (2, B, C).

    It says how far the members disagree, not how far the truth may be off: no confidence interval.
    """
    # np.quantile gives the same bits, but costs more than the whole network.
    sorted_MBC = np.sort(probabilities_MBC, axis=0)
    near, far, weight = places_of(len(sorted_MBC))
    near_2BC = sorted_MBC.take(near, axis=0)
    spread_2BC: Array = near_2BC + (sorted_MBC.take(far, axis=0) - near_2BC) * weight
    return spread_2BC


@cache
def places_of(members: int) -> tuple[NDArray[np.intp], NDArray[np.intp], Array]:
    """Give the two members that each percentile lies between, and how far it is from the nearer one."""
    places = np.array(SPREAD) * (members - 1)
    below = places.astype(int)
    above = np.minimum(below + 1, members - 1)
    share = places - below
    is_near_above = share >= 0.5  # noqa: PLR2004 (one half)
    near, far = np.where(is_near_above, above, below), np.where(is_near_above, below, above)
    weight = np.where(is_near_above, 1 - share, share)
    return near, far, weight[:, None, None]


class PredictionSets:
    """Class-conditional conformal prediction (Vovk 2012; scores 1 - p of the class).

    Among the people who truly are of a class, its set misses that class in about `error_rate` of
    the cases, for every class by itself, however rare.
    """

    def __init__(self, scores: Sequence[ClassScores]) -> None:
        self._steps = [np.array(score.steps) for score in scores]
        self._at_most = [np.concatenate([[0], np.cumsum(score.counts)]) for score in scores]
        self.cutoffs = lru_cache(maxsize=64)(self._cutoffs)

    def __call__(self, probabilities_BC: Array, error_rate: float) -> NDArray[np.bool_]:
        """Say which classes belong to the set of each row (B, K)."""
        by_class_BK = class_probabilities(probabilities_BC)
        if by_class_BK.shape[1] != len(self._steps):
            raise ValueError("The scores are those of another number of classes.")
        return by_class_BK >= self.cutoffs(error_rate)

    def _cutoffs(self, error_rate: float) -> tuple[float, ...]:
        """Give the least probability with which each class belongs to the set; infinite where none does.

        A class belongs where its p-value is above the error rate: the share of its own held-out rows,
        this row counted among them, whose true class was given no higher a probability.
        """
        if not 0 < error_rate < 1:
            raise ValueError("An error rate lies between 0 and 1.")
        return tuple(map(partial(_cutoff, error_rate), self._steps, self._at_most))


def _cutoff(error_rate: float, steps: Array, at_most: Array) -> float:
    enough = np.flatnonzero((at_most + 1) / (at_most[-1] + 1) > error_rate)
    if not enough.size:
        return inf
    # at_most[i] rows lie at or below the step before i; with none needed, any probability will do.
    return float(steps[enough[0] - 1]) / STEPS if enough[0] else 0.0


def score_classes(
    probabilities_BC: Array, labels_B: np.ndarray[tuple[int], np.dtype[np.int64]]
) -> tuple[ClassScores, ...]:
    """Count the held-out rows of each class by the probability that their own class got."""
    steps_BK = np.floor(class_probabilities(probabilities_BC) * STEPS).astype(int)
    scores = []
    for k in range(steps_BK.shape[1]):
        steps, counts = np.unique(steps_BK[labels_B == k, k], return_counts=True)
        scores.append(ClassScores(steps=tuple(steps.tolist()), counts=tuple(counts.tolist())))
    return tuple(scores)

"""How sure an answer is: the spread of the ensemble, and sets of classes that cannot be ruled out.

Shapes: M members, B rows, C outputs, K classes.
"""

from collections.abc import Sequence

import numpy as np
from pydantic import BaseModel, ConfigDict

from predictor.heads import class_probabilities
from predictor.lowered import Array
from predictor.thresholds import STEPS

SPREAD = (0.05, 0.95)
DEFAULT_ERROR_RATE = 0.1


def spread(probabilities_MBC: Array) -> Array:
    """Give the 5th and 95th percentile of the members' probabilities (2, B, C).

    It says how far the members disagree, not how far the truth may be off: no confidence interval.
    """
    # np.quantile does the same, but costs more than the whole network.
    sorted_MBC = np.sort(probabilities_MBC, axis=0)
    places = np.array(SPREAD) * (len(sorted_MBC) - 1)
    below = places.astype(int)
    above = np.minimum(below + 1, len(sorted_MBC) - 1)
    share = (places - below)[:, None, None]
    spread_2BC: Array = (1 - share) * sorted_MBC[below] + share * sorted_MBC[above]
    return spread_2BC


class ClassScores(BaseModel):
    """How probable the true class was for the held-out rows of one class: counts by step of 1/10,000."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    steps: tuple[int, ...]
    counts: tuple[int, ...]


class PredictionSets:
    """Class-conditional conformal prediction (Vovk 2012; scores 1 - p of the class).

    Among the people who truly are of a class, its set misses that class in about `error_rate` of
    the cases, for every class by itself, however rare.
    """

    def __init__(self, scores: Sequence[ClassScores]) -> None:
        self._steps = [np.array(score.steps) for score in scores]
        self._at_most = [np.concatenate([[0], np.cumsum(score.counts)]) for score in scores]

    def __call__(self, probabilities_BC: Array, error_rate: float) -> Array:
        """Say which classes belong to the set of each row (B, K)."""
        steps_BK = np.floor(class_probabilities(probabilities_BC) * STEPS)
        member_BK = np.empty(steps_BK.shape, dtype=bool)
        for k, (steps, at_most) in enumerate(zip(self._steps, self._at_most, strict=True)):
            as_strange_B = at_most[np.searchsorted(steps, steps_BK[:, k], side="right")]
            member_BK[:, k] = (as_strange_B + 1) / (at_most[-1] + 1) > error_rate
        return member_BK


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

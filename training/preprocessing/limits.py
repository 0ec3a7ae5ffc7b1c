"""The step of the preprocessing that limits numbers to percentiles of the training rows.

Shapes: N rows, K columns.
"""

from collections.abc import Sequence
from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, TransformerMixin

from predictor.artefact.weights import Array

# The percentiles of a column without limits.
UNLIMITED = (0.0, 100.0)


class Limiter(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Limits each column to two percentiles of the rows that it is fitted to; 0 and 100 are no limits."""

    def __init__(self, percentiles: Sequence[tuple[float, float]]) -> None:
        self.percentiles = percentiles

    def fit(self, x_NK: ArrayLike, _labels: object = None) -> Self:
        """Find the lowest and the highest value of each column (K,)."""
        limits = [
            _limits(x_N, *percentiles)
            for x_N, percentiles in zip(np.asarray(x_NK, dtype=np.float64).T, self.percentiles, strict=True)
        ]
        self.low_, self.high_ = np.array(limits).T
        return self

    def transform(self, x_NK: ArrayLike) -> Array:
        """Give the limited values (N, K)."""
        return np.clip(np.asarray(x_NK, dtype=np.float64), self.low_, self.high_)


def _limits(x_N: Array, low: float, high: float) -> tuple[float, float]:
    lowest, highest = UNLIMITED
    return (
        -np.inf if low == lowest else float(np.percentile(x_N, low)),
        np.inf if high == highest else float(np.percentile(x_N, high)),
    )

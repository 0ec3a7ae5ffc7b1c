"""Bootstrap intervals of metrics: 95 % percentile intervals over rows drawn with replacement (Efron 1979)."""

from collections.abc import Iterator

import numpy as np

from training.data.dataset import Indices, Labels
from training.learning.metrics import all_metrics
from training.run import ScoredRows

DRAWS = 200
PERCENTILES = (2.5, 97.5)
# A draw repeats rows, which adds noise to every bin: the error is larger in a draw than in the rows, and its
# interval would lie beside its value.
BIASED = frozenset({"calibration_error"})


def bootstrap_intervals(scored: ScoredRows) -> dict[str, tuple[float, float]]:
    """Give the intervals of metrics, the same on every call; empty where there are no rows.

    Metrics of `BIASED` have none.
    """
    labels_B, probabilities_BC = scored.labels_B, scored.probabilities_BC
    if not labels_B.size:
        return {}
    draws = [all_metrics(labels_B[rows], probabilities_BC[rows]) for rows in draw_rows(labels_B, DRAWS)]
    lows, highs = np.percentile([list(metrics.values()) for metrics in draws], PERCENTILES, axis=0).tolist()
    intervals = zip(draws[0], zip(lows, highs, strict=True), strict=True)
    return {name: interval for name, interval in intervals if name not in BIASED}


def draw_rows(labels_B: Labels, draws: int) -> Iterator[Indices]:
    """Give as many rows as there are, drawn with replacement, several times; each draw has every class."""
    generator = np.random.default_rng(0)
    classes = np.unique(labels_B).size
    drawn = 0
    while drawn < draws:
        rows = generator.integers(len(labels_B), size=len(labels_B))
        # A draw that lacks a class has no ROC-AUC.
        if np.unique(labels_B[rows]).size == classes:
            drawn += 1
            yield rows

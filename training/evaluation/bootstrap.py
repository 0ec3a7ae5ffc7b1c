"""Bootstrap intervals of metrics: 95 % percentile intervals over rows drawn with replacement (Efron 1979).

Shapes: B rows, C outputs.
"""

from collections.abc import Mapping

import numpy as np

from predictor.artefact.weights import Array
from training.data.dataset import Labels
from training.learning.metrics import Metric, metrics_for
from training.run import ScoredRows

DRAWS = 200
SEED = 0
PERCENTILES = (2.5, 97.5)

Interval = tuple[float, float]


def bootstrap_intervals(scored: ScoredRows) -> dict[str, Interval]:
    """Give the interval of every metric; empty where there are no rows."""
    if not scored.labels_B.size:
        return {}
    return metric_intervals(scored.labels_B, scored.probabilities_BC, metrics_for(scored.probabilities_BC))


def metric_intervals(
    labels_B: Labels, probabilities_BC: Array, metrics: Mapping[str, Metric]
) -> dict[str, Interval]:
    """Give the interval of each metric; a draw that lacks a class is replaced by another."""
    generator = np.random.default_rng(SEED)
    classes = len(np.unique(labels_B))
    drawn: dict[str, list[float]] = {name: [] for name in metrics}
    while len(next(iter(drawn.values()))) < DRAWS:
        rows = generator.integers(len(labels_B), size=len(labels_B))
        if len(np.unique(labels_B[rows])) == classes:
            for name, metric in metrics.items():
                drawn[name].append(metric(labels_B[rows], probabilities_BC[rows]))
    return {name: _interval(values) for name, values in drawn.items()}


def _interval(values: list[float]) -> Interval:
    low, high = np.percentile(values, PERCENTILES).tolist()
    return low, high

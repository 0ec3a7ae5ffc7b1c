"""Bootstrap intervals: how much a figure would move with other rows of the same kind.

Percentile intervals at 95 % over rows drawn with replacement (Efron 1979).
"""

from collections.abc import Callable, Mapping

import numpy as np

from predictor.lowered import Array
from predictor.thresholds import CountTable, rates_of_counts
from training.data import Labels

DRAWS = 200
RATE_DRAWS = 2000
SEED = 0
BOUNDS = (2.5, 97.5)

Interval = tuple[float, float]
Metric = Callable[[Labels, Array], float]


def metric_intervals(
    labels_B: Labels, probabilities_BC: Array, metrics: Mapping[str, Metric]
) -> dict[str, Interval]:
    """Give the interval of each metric; draws that lack a class are drawn again."""
    generator = np.random.default_rng(SEED)
    classes = len(np.unique(labels_B))
    drawn: dict[str, list[float]] = {name: [] for name in metrics}
    while len(next(iter(drawn.values()))) < DRAWS:
        rows = generator.integers(len(labels_B), size=len(labels_B))
        if len(np.unique(labels_B[rows])) == classes:
            for name, metric in metrics.items():
                drawn[name].append(metric(labels_B[rows], probabilities_BC[rows]))
    return {name: _interval(values) for name, values in drawn.items()}


def rate_intervals(table: CountTable, threshold: float) -> dict[str, Interval]:
    """Give the interval of each rate at a threshold: drawing rows is drawing the four cells' counts."""
    positives, negatives = sum(table.hits), sum(table.misses)
    true_positives, false_positives = table.at(threshold)
    cells = np.array(
        [true_positives, false_positives, positives - true_positives, negatives - false_positives]
    )
    generator = np.random.default_rng(SEED)
    drawn: dict[str, list[float]] = {}
    for tp, fp, fn, tn in generator.multinomial(cells.sum(), cells / cells.sum(), size=RATE_DRAWS).tolist():
        for name, rate in rates_of_counts(tp, fp, tp + fn, fp + tn, threshold).items():
            if rate is not None:
                drawn.setdefault(name, []).append(rate)
    return {name: _interval(values) for name, values in drawn.items() if name in RATES}


RATES = ("sensitivity", "specificity", "ppv", "npv", "flagged_per_1000", "net_benefit")


def _interval(values: list[float]) -> Interval:
    low, high = np.percentile(values, BOUNDS).tolist()
    return low, high

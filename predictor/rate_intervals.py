"""How far the rates at a threshold would move with other rows of the same kind: 95 % bootstrap intervals.

Drawing rows with replacement (Efron 1979) is drawing the counts of the four cells, so the counts
behind a threshold are all that is needed, and any threshold can be asked about while serving.
"""

import numpy as np

from predictor.lowered import Array
from predictor.task import TaskKind
from predictor.thresholds import CountTable

DRAWS = 2000
SEED = 0
BOUNDS = (2.5, 97.5)

Interval = tuple[float, float]


def rate_intervals(kind: TaskKind, table: CountTable, threshold: float) -> dict[str, Interval]:
    """Give the interval of each rate of a binary task that is not a count; the same on every call.

    A rate is left out where no draw has it; other kinds of task have no intervals.
    """
    positives, negatives = sum(table.hits), sum(table.misses)
    if kind != "binary" or positives + negatives == 0:
        return {}
    hits, misses = table.at(threshold)
    cells = np.array([hits, misses, positives - hits, negatives - misses])
    generator = np.random.default_rng(SEED)
    drawn = generator.multinomial(cells.sum(), cells / cells.sum(), size=DRAWS)
    with np.errstate(divide="ignore", invalid="ignore"):
        rates = _rates(drawn.T.astype(float), threshold)
    return {name: _interval(values) for name, values in rates.items() if not np.isnan(values).all()}


def _rates(drawn: Array, threshold: float) -> dict[str, Array]:
    # The same definitions as in `thresholds.rates_of_counts`, for many counts at once; NaN for 0 / 0.
    found, in_vain, missed, spared = drawn
    rows = found + in_vain + missed + spared
    odds = threshold / (1 - threshold) if threshold < 1 else np.nan
    return {
        "sensitivity": found / (found + missed),
        "specificity": spared / (spared + in_vain),
        "ppv": found / (found + in_vain),
        "npv": spared / (spared + missed),
        "flagged_per_1000": 1000 * (found + in_vain) / rows,
        "net_benefit": (found - odds * in_vain) / rows,
    }


def _interval(values: Array) -> Interval:
    low, high = np.percentile(values[~np.isnan(values)], BOUNDS).tolist()
    return low, high

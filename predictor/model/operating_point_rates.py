"""How far the rates at a threshold would move with other rows of the same kind: 95 % bootstrap intervals.

Drawing rows with replacement (Efron 1979) is drawing the counts of the four cells, so the counts
behind a threshold are all that is needed, and any threshold can be asked about while serving.
"""

import numpy as np

from predictor.artefact.records import CountTable, Rates
from predictor.artefact.weights import Array
from predictor.schema.task import TaskKind

DRAWS = 2000
SEED = 0
BOUNDS = (2.5, 97.5)

Interval = tuple[float, float]


def binary_rates(table: CountTable, threshold: float) -> Rates:
    """Give counts and rates at a threshold; see `rates_of_counts`."""
    positives, negatives = sum(table.hits), sum(table.misses)
    true_positives, false_positives = table.at(threshold)
    return rates_of_counts(true_positives, false_positives, positives, negatives, threshold)


def rates_of_counts(
    true_positives: int, false_positives: int, positives: int, negatives: int, threshold: float
) -> Rates:
    """Give the rates of a confusion matrix at a threshold t; None where nothing can be divided by.

    Harm-to-benefit odds are t / (1 - t): how many flagged in vain one found is worth to whoever
    chooses t. Net benefit is TP/n - FP/n * t / (1 - t) (Vickers & Elkin 2006).
    """
    false_negatives, true_negatives = positives - true_positives, negatives - false_positives
    flagged, rows = true_positives + false_positives, positives + negatives
    odds = threshold / (1 - threshold) if threshold < 1 else None
    return {
        "true_positives": true_positives,
        "false_positives": false_positives,
        "true_negatives": true_negatives,
        "false_negatives": false_negatives,
        "sensitivity": _share(true_positives, positives),
        "specificity": _share(true_negatives, negatives),
        "ppv": _share(true_positives, flagged),
        "npv": _share(true_negatives, true_negatives + false_negatives),
        "flagged_per_1000": _share(1000 * flagged, rows),
        "harm_to_benefit_odds": odds,
        "net_benefit": None if odds is None or not rows else (true_positives - odds * false_positives) / rows,
    }


def multiclass_rates(table: CountTable, threshold: float) -> Rates:
    """Give how many rows get a label at a threshold, and how many of these labels are right."""
    right, wrong = table.at(threshold)
    rows = sum(table.hits) + sum(table.misses)
    return {
        "labelled": right + wrong,
        "withheld": rows - right - wrong,
        "coverage": _share(right + wrong, rows),
        "accuracy": _share(right, right + wrong),
    }


def rates_at(kind: TaskKind, table: CountTable, threshold: float) -> Rates:
    """Give the rates that belong to a kind of task."""
    return (binary_rates if kind == "binary" else multiclass_rates)(table, threshold)


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
    # The same definitions as in `rates_of_counts`, for many counts at once; NaN for 0 / 0.
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


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None

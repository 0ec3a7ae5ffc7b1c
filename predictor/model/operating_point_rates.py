"""Rates at a threshold, and their 95 % bootstrap intervals.

Drawing rows with replacement (Efron 1979) is the same as drawing the counts of the confusion matrix, so its
counts suffice, and the server can compute the intervals at any threshold.
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
    """Give the rates of a confusion matrix at a threshold t; None where the denominator is 0.

    Harm-to-benefit odds are t / (1 - t): the harm of a false positive relative to the benefit of a true
    positive that the threshold implies. Net benefit is TP/n - FP/n * t / (1 - t) (Vickers & Elkin 2006).
    """
    false_negatives, true_negatives = positives - true_positives, negatives - false_positives
    flagged, rows = true_positives + false_positives, positives + negatives
    odds = threshold / (1 - threshold) if threshold < 1 else None
    return {
        "true_positives": true_positives,
        "false_positives": false_positives,
        "true_negatives": true_negatives,
        "false_negatives": false_negatives,
        "sensitivity": _ratio(true_positives, positives),
        "specificity": _ratio(true_negatives, negatives),
        "ppv": _ratio(true_positives, flagged),
        "npv": _ratio(true_negatives, true_negatives + false_negatives),
        "flagged_per_1000": _ratio(1000 * flagged, rows),
        "harm_to_benefit_odds": odds,
        "net_benefit": None if odds is None or not rows else (true_positives - odds * false_positives) / rows,
    }


def multiclass_rates(table: CountTable, threshold: float) -> Rates:
    """Give the number of rows with a label at a threshold, and the accuracy of these labels."""
    right, wrong = table.at(threshold)
    rows = sum(table.hits) + sum(table.misses)
    return {
        "labelled": right + wrong,
        "withheld": rows - right - wrong,
        "coverage": _ratio(right + wrong, rows),
        "accuracy": _ratio(right, right + wrong),
    }


def rates_at(kind: TaskKind, table: CountTable, threshold: float) -> Rates:
    """Give the rates at a threshold for a kind of task."""
    return (binary_rates if kind == "binary" else multiclass_rates)(table, threshold)


def rate_intervals(kind: TaskKind, table: CountTable, threshold: float) -> dict[str, Interval]:
    """Give the intervals of the rates of a binary task, without those of counts; the same on every call.

    A rate that is undefined in every draw is left out. Multiclass tasks have no intervals.
    """
    positives, negatives = sum(table.hits), sum(table.misses)
    if kind != "binary" or positives + negatives == 0:
        return {}
    hits, misses = table.at(threshold)
    cells = np.array([hits, misses, positives - hits, negatives - misses])
    generator = np.random.default_rng(SEED)
    drawn = generator.multinomial(cells.sum(), cells / cells.sum(), size=DRAWS)
    with np.errstate(divide="ignore", invalid="ignore"):
        rates = _compute_rates(drawn.T.astype(float), threshold)
    return {name: _compute_interval(values) for name, values in rates.items() if not np.isnan(values).all()}


def _compute_rates(drawn: Array, threshold: float) -> dict[str, Array]:
    # The definitions of `rates_of_counts` for arrays of counts; 0 / 0 gives NaN.
    true_positives, false_positives, false_negatives, true_negatives = drawn
    positives, negatives = true_positives + false_negatives, true_negatives + false_positives
    flagged, rows = true_positives + false_positives, positives + negatives
    odds = threshold / (1 - threshold) if threshold < 1 else np.nan
    return {
        "sensitivity": true_positives / positives,
        "specificity": true_negatives / negatives,
        "ppv": true_positives / flagged,
        "npv": true_negatives / (true_negatives + false_negatives),
        "flagged_per_1000": 1000 * flagged / rows,
        "net_benefit": (true_positives - odds * false_positives) / rows,
    }


def _compute_interval(values: Array) -> Interval:
    low, high = np.percentile(values[~np.isnan(values)], BOUNDS).tolist()
    return low, high


def _ratio(numerator: int, denominator: int) -> float | None:
    return numerator / denominator if denominator else None

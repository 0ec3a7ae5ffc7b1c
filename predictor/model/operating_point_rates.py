"""Rates at a threshold, and their 95 % bootstrap intervals.

Drawing rows with replacement (Efron 1979) is the same as drawing the counts of the confusion matrix, so its
counts suffice, and the server can compute the intervals at any threshold.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from predictor.artefact.records import CountTable, Rates
from predictor.schema.task import TaskKind

DRAWS = 2000
SEED = 0
BOUNDS = (2.5, 97.5)
# The rates that have intervals.
RATES = ("sensitivity", "specificity", "ppv", "npv", "flagged_per_1000", "net_benefit")

Counts = NDArray[np.int64]
Interval = tuple[float, float]


def binary_rates(table: CountTable, threshold: float) -> Rates:
    """Give counts and rates at a threshold; see `rates_of_counts`."""
    return rates_of_counts(*table.at(threshold), sum(table.hits), sum(table.misses), threshold)


def rates_of_counts(
    true_positives: int, false_positives: int, positives: int, negatives: int, threshold: float
) -> Rates:
    """Give the counts and rates of a confusion matrix at a threshold; None where the denominator is 0."""
    cells = true_positives, false_positives, positives - true_positives, negatives - false_positives
    rates = _compute_rates(np.array(cells), threshold)
    return {name: None if np.isnan(rate) else rate.item() for name, rate in rates.items()}


def multiclass_rates(table: CountTable, threshold: float) -> Rates:
    """Give the number of rows with a label at a threshold, and the accuracy of these labels."""
    right, wrong = table.at(threshold)
    rows = sum(table.hits) + sum(table.misses)
    labelled = right + wrong
    return {
        "labelled": labelled,
        "withheld": rows - labelled,
        "coverage": labelled / rows if rows else None,
        "accuracy": right / labelled if labelled else None,
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
    rates = _compute_rates(drawn.T, threshold)
    intervals = {}
    for name in RATES:
        defined = rates[name][~np.isnan(rates[name])]
        if defined.size:
            low, high = np.percentile(defined, BOUNDS).tolist()
            intervals[name] = low, high
    return intervals


def _compute_rates(cells: Counts, threshold: float) -> dict[str, Any]:
    """Give the counts and rates at a threshold t for TP, FP, FN and TN, each of any shape; 0 / 0 gives NaN.

    Harm-to-benefit odds are t / (1 - t): the harm of a false positive relative to the benefit of a true
    positive that the threshold implies. Net benefit is TP/n - FP/n * t / (1 - t) (Vickers & Elkin 2006).
    """
    true_positives, false_positives, false_negatives, true_negatives = cells
    flagged = true_positives + false_positives
    rows = flagged + false_negatives + true_negatives
    odds = np.float64(threshold / (1 - threshold) if threshold < 1 else np.nan)
    with np.errstate(invalid="ignore"):
        return {
            "true_positives": true_positives,
            "false_positives": false_positives,
            "true_negatives": true_negatives,
            "false_negatives": false_negatives,
            "sensitivity": true_positives / (true_positives + false_negatives),
            "specificity": true_negatives / (true_negatives + false_positives),
            "ppv": true_positives / flagged,
            "npv": true_negatives / (true_negatives + false_negatives),
            "flagged_per_1000": 1000 * flagged / rows,
            "harm_to_benefit_odds": odds,
            "net_benefit": (true_positives - odds * false_positives) / rows,
        }

"""Which values of a data set are missing, and which rows are known: those without a missing value.

Shapes: N rows of the data.
"""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from training.data.dataset import DataSet, Labels
from training.evaluation.folds.resampling import Folds

Mask: TypeAlias = NDArray[np.bool_]

# With fewer known rows of a class in a fold, metrics of the known rows mean little.
MIN_ROWS = 5

KNOWN_ROWS = "Rows with every column known"
ALL_ROWS = "All rows"


def find_missing(data: DataSet) -> dict[str, Mask]:
    """Say of each column that has missing values in which rows (N,) it is missing."""
    masks = {
        column.name: np.array([row.__dict__[column.attribute] is None for row in data.rows])
        for column in data.task.features.columns()
        if column.nullable
    }
    return {name: missing_N for name, missing_N in masks.items() if missing_N.any()}


def find_known_rows(data: DataSet) -> Mask:
    """Say which rows (N,) have a value in every column of the task."""
    known_N = np.ones(len(data.rows), dtype=np.bool_)
    for missing_N in find_missing(data).values():
        known_N &= ~missing_N
    return known_N


def are_enough(labels_N: Labels, chosen_N: Mask, folds: Folds) -> bool:
    """Say whether the chosen test rows of each fold have enough rows of each class for metrics of them."""
    classes = int(labels_N.max()) + 1
    counts = [np.bincount(labels_N[test][chosen_N[test]], minlength=classes) for _, test in folds]
    return bool(np.min(counts) >= MIN_ROWS)


def choose_row_sets(data: DataSet, folds: Folds) -> dict[str, Mask]:
    """Give the rows (N,) that metrics are computed on, by title: the known rows first, then all rows.

    There is one set where every row is known, or where a fold has few known rows of a class.
    """
    every_N, known_N = np.ones(len(data.rows), dtype=np.bool_), find_known_rows(data)
    if known_N.all() or not are_enough(data.labels, known_N, folds):
        return {ALL_ROWS: every_N}
    return {KNOWN_ROWS: known_N, ALL_ROWS: every_N}

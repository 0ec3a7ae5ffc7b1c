"""Folds of repeated cross-validation, and the standard errors of a difference of two models on them."""

from dataclasses import dataclass

import numpy as np
from sklearn.model_selection import RepeatedStratifiedKFold

from predictor.artefact.weights import Array
from training.data.dataset import Indices, Labels
from training.errors import UsageError

# The training and the test rows of each fold.
Folds = list[tuple[Indices, Indices]]


@dataclass(frozen=True)
class Difference:
    """The mean of a difference over the folds, with one standard error.

    `independent` is the standard error of independent folds. `corrected` allows for the training rows that
    folds share (Nadeau & Bengio 2003).
    """

    mean: float
    independent: float
    corrected: float

    @property
    def corrected_errors(self) -> float:
        """Give the absolute difference in corrected standard errors; 0 where both models are the same."""
        return abs(self.mean) / self.corrected if self.corrected else 0.0


@dataclass(frozen=True)
class Resampling:
    """Repeated stratified k-fold: `splits` folds, drawn `repeats` times."""

    splits: int = 5
    repeats: int = 4

    @property
    def count(self) -> int:
        """Give the number of folds."""
        return self.splits * self.repeats

    def __str__(self) -> str:
        """Give the call of scikit-learn."""
        return f"RepeatedStratifiedKFold(n_splits={self.splits}, n_repeats={self.repeats}, random_state=0)"

    def folds(self, labels: Labels, rows: Indices | None = None) -> Folds:
        """Divide these rows, by default all; UsageError where a class has too few of them."""
        rows = np.arange(len(labels)) if rows is None else rows
        if np.bincount(labels[rows]).min() < self.splits:
            raise UsageError(
                f"The data has a class with fewer than {self.splits} rows; more rows are needed."
            )
        splitter = RepeatedStratifiedKFold(n_splits=self.splits, n_repeats=self.repeats, random_state=0)
        return [(rows[train], rows[test]) for train, test in splitter.split(rows, labels[rows])]

    def difference(self, of_folds: Array) -> Difference:
        """Give the mean of the folds' differences with its standard errors."""
        deviation = float(of_folds.std(ddof=1))
        # The second term is the ratio of test rows to training rows.
        corrected = deviation * np.sqrt(1 / len(of_folds) + 1 / (self.splits - 1))
        return Difference(float(of_folds.mean()), deviation / np.sqrt(len(of_folds)), float(corrected))


TWENTY_FOLDS = Resampling()
FIVE_FOLDS = Resampling(repeats=1)

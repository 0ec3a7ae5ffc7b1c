"""The probabilities of the models on the test rows of each fold, and metrics of them.

Shapes: N rows of the data, B test rows of a fold.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from predictor.artefact.weights import Array
from training.data.dataset import Labels
from training.evaluation.folds.known_rows import Mask
from training.evaluation.folds.resampling import Difference, Folds, Resampling
from training.learning.metrics import all_metrics

# The metrics that the summary names.
DISCUSSED = ("pr_auc", "roc_auc", "loss", "brier")


@dataclass(frozen=True)
class Scores:
    """The probabilities (B, 1) of each fold's test rows by one model."""

    folds: Folds
    probabilities: tuple[Array, ...]

    def metrics(self, labels_N: Labels, chosen_N: Mask) -> pd.DataFrame:
        """Give the metrics on the chosen test rows, a row for each fold."""
        return pd.DataFrame(
            all_metrics(labels_N[test][chosen_N[test]], probabilities_B1[chosen_N[test]])
            for (_, test), probabilities_B1 in zip(self.folds, self.probabilities, strict=True)
        )

    def each_row(self, splits: int, rows: int) -> Array:
        """Give the probability of every row (N, 1); in the first repeat each row is a test row once."""
        probabilities_N1 = np.full((rows, 1), np.nan)
        for (_, test), probabilities_B1 in zip(self.folds[:splits], self.probabilities, strict=False):
            probabilities_N1[test] = probabilities_B1
        return probabilities_N1


@dataclass(frozen=True)
class Comparison:
    """The metrics of each model on the same rows of the same folds; the evaluated recipe stands first."""

    resampling: Resampling
    metrics: dict[str, pd.DataFrame]

    @classmethod
    def of_scores(
        cls, scores: Mapping[str, Scores], labels_N: Labels, chosen_N: Mask, resampling: Resampling
    ) -> "Comparison":
        """Compare the models on the chosen rows."""
        return cls(resampling, {name: of.metrics(labels_N, chosen_N) for name, of in scores.items()})

    @property
    def names(self) -> list[str]:
        """Give the names of the metrics, those that the page discusses first."""
        found, *_ = self.metrics.values()
        names: list[str] = found.columns.tolist()
        return sorted(names, key=[*DISCUSSED, *names].index)

    def means(self) -> dict[str, dict[str, float]]:
        """Give the mean of each metric over the folds, by model."""
        return {
            model: {name: float(metrics[name].mean()) for name in self.names}
            for model, metrics in self.metrics.items()
        }

    def differences(self) -> dict[str, dict[str, Difference]]:
        """Give the first model minus each other one, by the other model and by metric."""
        first, *others = self.metrics
        return {
            other: {
                name: self.resampling.difference(
                    (self.metrics[first][name] - self.metrics[other][name]).to_numpy()
                )
                for name in self.names
            }
            for other in others
        }

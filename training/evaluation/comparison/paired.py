"""The paired difference of models on the same rows, with bootstrap intervals over the same drawn rows.

Shapes: B rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from training.data.dataset import DataSet, Indices
from training.evaluation.bootstrap import PERCENTILES, draw_rows
from training.evaluation.comparison.candidates import Candidate
from training.learning.metrics import all_metrics

DRAWS = 1000


@dataclass(frozen=True)
class Difference:
    """A metric of a model minus that of the first model, with its 95 % interval."""

    value: float
    low: float
    high: float

    @property
    def is_clear(self) -> bool:
        """Say whether the interval leaves out 0."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True)
class PairedResult:
    """The metrics of each model on the common rows, and the differences of each model after the first."""

    rows: int
    metrics: tuple[dict[str, float], ...]
    differences: tuple[dict[str, Difference], ...]


def compare_on_rows(
    candidates: Sequence[Candidate], data: DataSet, common: Indices, draws: int = DRAWS
) -> PairedResult:
    """Compare the models on the common rows; the same call gives the same result."""
    labels_B, rows = data.labels[common], data.take(common)
    probabilities = [candidate.probabilities(rows) for candidate in candidates]
    metrics = tuple(all_metrics(labels_B, of_model) for of_model in probabilities)
    # By draw, model and metric; every model is scored on the same drawn rows.
    drawn = np.array(
        [
            [list(all_metrics(labels_B[chosen], of_model[chosen]).values()) for of_model in probabilities]
            for chosen in draw_rows(labels_B, draws)
        ]
    )
    low, high = np.percentile(drawn[:, 1:] - drawn[:, :1], PERCENTILES, axis=0).tolist()
    differences = tuple(
        {
            name: Difference(found[name] - metrics[0][name], *interval)
            for name, *interval in zip(found, lows, highs, strict=True)
        }
        for found, lows, highs in zip(metrics[1:], low, high, strict=True)
    )
    return PairedResult(len(common), metrics, differences)

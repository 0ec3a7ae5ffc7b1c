"""The metrics of validation rows, of all members together and of each member.

Shapes: B validation rows, C outputs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from torch import Tensor

from predictor.artefact.weights import Array
from training.data.dataset import Labels
from training.learning.metrics import METRICS, is_defined
from training.recipe import Monitor


@dataclass(frozen=True)
class ValidationRows:
    """The unweighted losses, labels and probabilities of some validation rows."""

    losses_B: Tensor
    labels_B: Labels
    probabilities_BC: Array

    def metrics(self, monitor: Monitor) -> dict[str, float]:
        """Give loss, accuracy and the monitored metric."""
        found = {"loss": float(self.losses_B.mean())}
        for name in ("accuracy", monitor):
            if name not in found:
                found[name] = METRICS[name](self.labels_B, self.probabilities_BC)
        return found

    def metrics_by_member(self, sizes: Sequence[int], monitor: Monitor) -> list[dict[str, float]]:
        """Give the defined metrics of each member; `sizes` are the members' numbers of rows."""
        ends = np.cumsum([0, *sizes])
        return [self.take(slice(*part)).defined_metrics(monitor) for part in pairwise(ends.tolist())]

    def take(self, rows: slice) -> "ValidationRows":
        """Give some of the rows."""
        return ValidationRows(self.losses_B[rows], self.labels_B[rows], self.probabilities_BC[rows])

    def defined_metrics(self, monitor: Monitor) -> dict[str, float]:
        """Give the metrics that the rows define, for which they may be too few."""
        if not self.labels_B.size:
            return {}
        if is_defined(monitor, self.labels_B, self.probabilities_BC):
            return self.metrics(monitor)
        return self.metrics("loss")

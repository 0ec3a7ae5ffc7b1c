"""Logits of rows, with several of a row whose missing values are drawn.

Shapes: B rows, P fillings (Q in sequence of a row with draws, one of another), C outputs.
"""

from dataclasses import dataclass

import numpy as np

from predictor.artefact.weights import DRAWS, Array
from predictor.engines.draws import mean_over_draws
from training.data.dataset import Indices, Labels
from training.preprocessing.network_inputs import find_places


@dataclass(frozen=True)
class RowLogits:
    """Logits (..., P, C) of B rows; `counts_B` are the numbers of fillings."""

    logits_PC: Array
    counts_B: Indices

    @classmethod
    def of_rows(cls, logits_BC: Array) -> "RowLogits":
        """Give the logits of rows without draws."""
        return cls(logits_BC, np.ones(logits_BC.shape[-2], dtype=np.int64))

    def take(self, rows: Indices) -> "RowLogits":
        """Give the logits of some rows."""
        return RowLogits(self.logits_PC[..., find_places(self.counts_B, rows), :], self.counts_B[rows])

    def mean(self) -> Array:
        """Give the logits (..., B, C) of the mean probabilities of each row."""
        return mean_over_draws(self.logits_PC, self.counts_B)

    def repeat(self, labels_B: Labels) -> Labels:
        """Give the label of each filling (P,)."""
        return np.repeat(labels_B, self.counts_B)

    def weights(self) -> Array | None:
        """Give the weight of each filling (P,), 1 in total for a row; None where no row has several."""
        if self.counts_B.max(initial=1) < DRAWS:
            return None
        weights_P: Array = np.repeat(1 / self.counts_B, self.counts_B)
        return weights_P

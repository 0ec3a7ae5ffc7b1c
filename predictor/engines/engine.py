"""What the rest of the program needs of an engine.

Shapes: B rows, K used columns, M members, C outputs.
"""

from typing import Protocol

from predictor.artefact.weights import Array
from predictor.schema.column import Column
from predictor.schema.features import Features


class Engine(Protocol):
    """Runs the network of one model.

    Up to `few_rows` rows are predicted faster one by one, more are predicted faster together. The golden
    rows are reproduced within `tolerance`.
    """

    device: str
    few_rows: int
    tolerance: float
    columns: tuple[Column, ...]

    def calibrated_logits(self, raw_BK: Array) -> Array:
        """Give each member's calibrated logits (M, B, C) for the `raw_matrix` of `columns`."""

    def calibrated_logits_of_row(self, row: Features) -> Array:
        """Give each member's calibrated logits for one row (M, C)."""

"""What a missing value may have changed: the answer over the values that training saw.

Shapes: B rows, K raw columns, P missing values, G grid points, C outputs.
"""

from collections.abc import Callable, Sequence

import numpy as np

from predictor.encoding import raw_matrix
from predictor.features import Column, Features
from predictor.lowered import Array
from predictor.manifest import FeatureRecord
from predictor.row_warnings import RowWarning, Warnings

Probabilities = Callable[[Array], Array]

# So many that a hump of the answer between two of them is a small one.
GRID_POINTS = 33


class Grid:
    """A column's usual values in training, its 5th to 95th percentile, at even steps."""

    def __init__(self, place: int, feature: FeatureRecord) -> None:
        low, high = feature.training.percentiles[0], feature.training.percentiles[-1]
        unit = f" {feature.column.unit}" if feature.column.unit else ""
        self.name = f"From {low:g} to {high:g}{unit}, the 5th to 95th percentile in training"
        self._place = place
        self._values_G = np.linspace(low, high, GRID_POINTS)

    def over(self, raw_K: Array) -> Array:
        """Give the row once for each value (G, K)."""
        raw_GK = np.repeat(raw_K[None, :], GRID_POINTS, axis=0)
        raw_GK[:, self._place] = self._values_G
        return raw_GK


class Imputation:
    """Tells how far an answer moves over the usual values of a column that is missing."""

    def __init__(self, features: Sequence[FeatureRecord], columns: Sequence[Column]) -> None:
        """Take the columns that the model reads; another that is missing moves nothing."""
        self._columns = columns
        places = {column.name: place for place, column in enumerate(columns)}
        self._grids = {
            feature.column.name: Grid(places[feature.column.name], feature)
            for feature in features
            if feature.column.name in places and feature.training.percentiles
        }

    def tell(self, warnings: list[Warnings], rows: Sequence[Features], probabilities: Probabilities) -> None:
        """Add to each `imputed` warning, where it stands, how far the answer to its row moves."""
        told = [
            (b, warning)
            for b, of_row in enumerate(warnings)
            for warning in of_row
            if warning.code == "imputed" and warning.field in self._grids
        ]
        if not told:
            return
        raw_PK = raw_matrix([rows[b] for b, _ in told], self._columns)
        grids = [self._grids[warning.field] for _, warning in told]
        raw_GK = np.concatenate([grid.over(raw_K) for grid, raw_K in zip(grids, raw_PK, strict=True)])
        answers_PGC = probabilities(raw_GK).reshape(len(told), GRID_POINTS, -1)
        for (b, warning), grid, answers_GC in zip(told, grids, answers_PGC, strict=True):
            ranged = _with_range(warning, grid, answers_GC)
            warnings[b] = tuple(ranged if one is warning else one for one in warnings[b])


def _with_range(warning: RowWarning, grid: Grid, answers_GC: Array) -> RowWarning:
    likeliest_G = answers_GC[:, answers_GC.mean(axis=0).argmax()]
    moves = f"the probability goes from {likeliest_G.min():.3f} to {likeliest_G.max():.3f}"
    return warning.model_copy(update={"message": f"{warning.message} {grid.name}, {moves}."})

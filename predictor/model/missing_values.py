"""What a missing value may have changed: the answer over the values that training saw.

Shapes: B rows, K raw columns, P missing values, G grid points, C outputs.
"""

from collections.abc import Callable, Sequence

import numpy as np

from predictor.artefact.records import FeatureRecord
from predictor.artefact.weights import Array
from predictor.engines.encoding import raw_matrix
from predictor.model.input_warnings import RowWarning, Warnings
from predictor.schema.features import Column, Features

Probabilities = Callable[[Array], Array]

# So many that a hump of the answer between two of them is a small one.
GRID_POINTS = 33


class Grid:
    """A column's usual values in training, its 5th to 95th percentile, at even steps."""

    def __init__(self, place: int, feature: FeatureRecord) -> None:
        low, high = feature.training.percentiles[0], feature.training.percentiles[-1]
        unit = f" {feature.column.unit}" if feature.column.unit else ""
        self.name = f"From {low:g} to {high:g}{unit}, the 5th to 95th percentile in training"
        self.place = place
        self.values_G = np.linspace(low, high, GRID_POINTS)


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
        grids = [self._grids[warning.field] for _, warning in told]
        raw_PK = raw_matrix([rows[b] for b, _ in told], self._columns)
        answers_PGC = probabilities(_over_grids(raw_PK, grids)).reshape(len(told), GRID_POINTS, -1)
        for (b, warning), grid, (low, high) in zip(told, grids, _ranges(answers_PGC), strict=True):
            moves = f"the probability goes from {low:.3f} to {high:.3f}"
            message = f"{warning.message} {grid.name}, {moves}."
            ranged = RowWarning(field=warning.field, code=warning.code, message=message)
            warnings[b] = tuple(ranged if one is warning else one for one in warnings[b])


def _over_grids(raw_PK: Array, grids: Sequence[Grid]) -> Array:
    """Give each row once for each value of its own grid (P * G, K)."""
    raw_PGK = np.repeat(raw_PK[:, None, :], GRID_POINTS, axis=1)
    for raw_GK, grid in zip(raw_PGK, grids, strict=True):
        raw_GK[:, grid.place] = grid.values_G
    return raw_PGK.reshape(-1, raw_PK.shape[1])


def _ranges(answers_PGC: Array) -> list[list[float]]:
    """Give the least and the greatest probability of each row's likeliest class (P, 2)."""
    likeliest_P = answers_PGC.mean(axis=1).argmax(axis=1)
    likeliest_PG = answers_PGC[np.arange(len(answers_PGC)), :, likeliest_P]
    ranges: list[list[float]] = np.stack(
        [likeliest_PG.min(axis=1), likeliest_PG.max(axis=1)], axis=1
    ).tolist()
    return ranges

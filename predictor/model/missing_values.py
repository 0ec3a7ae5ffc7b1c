"""Ranges of the probability over the possible values of a missing column.

Shapes: B rows, K raw columns, P missing values, G grid points, C outputs.
"""

from collections.abc import Callable, Sequence

import numpy as np

from predictor.artefact.records import FeatureRecord
from predictor.artefact.weights import Array
from predictor.engines.encoding import raw_matrix
from predictor.model.input_warnings import RowWarning, Warnings
from predictor.schema.column import Column
from predictor.schema.features import Features

Probabilities = Callable[[Array], Array]

# With this many points, an extremum of the probability between two of them is missed by little.
GRID_POINTS = 33


class Grid:
    """Usual values of a column: evenly spaced from its 5th to its 95th percentile, or its levels."""

    def __init__(self, index: int, feature: FeatureRecord, points: int) -> None:
        column, training = feature.column, feature.training
        self.index = index
        if column.levels:
            self.description = f"Over the values of {column.name} in training"
            codes = [column.levels.index(level) for level in training.levels]
            self.values_G = np.resize(np.array(codes, dtype=np.float64), points)
            return
        low, high = training.percentiles[0], training.percentiles[-1]
        self.description = f"From {column.write(low, high)}, the 5th to 95th percentile in training"
        self.values_G = np.linspace(low, high, points)


class ImputationRanges:
    """Computes the range of the probability over the usual values of a missing column.

    `columns` are those that the model uses; no other column changes the probability.
    """

    def __init__(self, features: Sequence[FeatureRecord], columns: Sequence[Column]) -> None:
        self._columns = columns
        # More where a column has more levels.
        self._points = max([GRID_POINTS, *(len(feature.training.levels) for feature in features)])
        indices = {column.name: index for index, column in enumerate(columns)}
        self._grids = {
            feature.column.name: Grid(indices[feature.column.name], feature, self._points)
            for feature in features
            if feature.column.name in indices and (feature.training.percentiles or feature.training.levels)
        }

    def add_ranges(
        self, warnings: list[Warnings], rows: Sequence[Features], probabilities: Probabilities
    ) -> None:
        """Add the range to the message of each `imputed` warning, in place."""
        imputed = [
            (b, warning)
            for b, of_row in enumerate(warnings)
            for warning in of_row
            if warning.code == "imputed" and warning.field in self._grids
        ]
        if not imputed:
            return
        grids = [self._grids[warning.field] for _, warning in imputed]
        raw_PK = raw_matrix([rows[b] for b, _ in imputed], self._columns)
        probabilities_PGC = probabilities(_fill_grids(raw_PK, grids)).reshape(len(imputed), self._points, -1)
        ranges = _compute_ranges(probabilities_PGC)
        for (b, warning), grid, (low, high) in zip(imputed, grids, ranges, strict=True):
            text = f"{grid.description}, the probability goes from {low:.3f} to {high:.3f}."
            with_range = RowWarning(
                field=warning.field, code=warning.code, message=f"{warning.message} {text}"
            )
            warnings[b] = tuple(with_range if one is warning else one for one in warnings[b])


def _fill_grids(raw_PK: Array, grids: Sequence[Grid]) -> Array:
    """Give each row once for each value of its grid (P * G, K)."""
    raw_PGK = np.repeat(raw_PK[:, None, :], len(grids[0].values_G), axis=1)
    for raw_GK, grid in zip(raw_PGK, grids, strict=True):
        raw_GK[:, grid.index] = grid.values_G
    return raw_PGK.reshape(-1, raw_PK.shape[1])


def _compute_ranges(probabilities_PGC: Array) -> list[tuple[float, float]]:
    """Give the lowest and the highest probability of each row's most probable class."""
    likeliest_P = probabilities_PGC.mean(axis=1).argmax(axis=1)
    likeliest_PG = probabilities_PGC[np.arange(len(probabilities_PGC)), :, likeliest_P]
    return list(zip(likeliest_PG.min(axis=1).tolist(), likeliest_PG.max(axis=1).tolist(), strict=True))

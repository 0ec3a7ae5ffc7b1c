"""What a missing value may have changed: the answer over the values that training saw.

Shapes: K raw columns, G grid points, C outputs.
"""

from collections.abc import Callable, Sequence

import numpy as np

from predictor.lowered import Array
from predictor.manifest import FeatureRecord
from predictor.row_warnings import RowWarning

Probabilities = Callable[[Array], Array]

# So many that a hump of the answer between two of them is a small one.
GRID_POINTS = 33


def tell_imputed(
    raw_K: Array, features: Sequence[FeatureRecord], warnings: list[RowWarning], probabilities: Probabilities
) -> list[RowWarning]:
    """Add to each `imputed` warning of a row how far the answer moves over the column's usual values."""
    places = {feature.column.name: k for k, feature in enumerate(features)}
    return [
        _tell(warning, raw_K, places[warning.field], features[places[warning.field]], probabilities)
        if warning.code == "imputed"
        else warning
        for warning in warnings
    ]


def _tell(
    warning: RowWarning, raw_K: Array, k: int, feature: FeatureRecord, probabilities: Probabilities
) -> RowWarning:
    percentiles = feature.training.percentiles
    if not feature.used or not percentiles:
        return warning
    grid_GK = np.repeat(raw_K[None, :], GRID_POINTS, axis=0)
    grid_GK[:, k] = np.linspace(percentiles[0], percentiles[-1], GRID_POINTS)
    answers_GC = probabilities(grid_GK)
    likeliest_G = answers_GC[:, answers_GC.mean(axis=0).argmax()]
    unit = f" {feature.column.unit}" if feature.column.unit else ""
    return warning.model_copy(
        update={
            "message": f"{warning.message} From {percentiles[0]:g} to {percentiles[-1]:g}{unit}, the 5th to "
            f"95th percentile in training, the probability goes from {likeliest_G.min():.3f} to "
            f"{likeliest_G.max():.3f}."
        }
    )

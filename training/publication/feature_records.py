"""The records of the columns in a manifest: the range and the categories of the training rows."""

import numpy as np

from predictor.artefact.records import FeatureRecord, TrainingStatistics
from predictor.artefact.weights import ExportedWeights
from predictor.schema.features import Column, Features
from training.recipe import Recipe

SPARSE_SHARE = 0.01
PERCENTILES = (5, 25, 50, 75, 95)


def describe_features(
    recipe: Recipe, rows: list[Features], weights: ExportedWeights
) -> tuple[FeatureRecord, ...]:
    """Give each column's statistics on the training rows, and whether the network uses it."""
    fills = {
        encoded.column: float(fill) for encoded, fill in zip(weights.encoding, weights.fill_F, strict=True)
    }
    return tuple(
        FeatureRecord(
            column=column,
            used=column.name in recipe.columns,
            training=_statistics(column, [row.__dict__[column.name] for row in rows], fills.get(column.name)),
        )
        for column in type(rows[0]).columns()
    )


def _statistics(
    column: Column, values: list[float | int | str | None], fill: float | None
) -> TrainingStatistics:
    if column.kind == "number":
        numbers = np.sort([float(value) for value in values if value is not None])
        tail = int(len(numbers) * SPARSE_SHARE)
        return TrainingStatistics(
            minimum=numbers[0],
            maximum=numbers[-1],
            sparse_below=numbers[tail],
            sparse_above=numbers[-1 - tail],
            percentiles=tuple(np.percentile(numbers, PERCENTILES).tolist()),
            fill=fill,
        )
    levels = column.categories or ("0", "1")
    counts = {level: sum(str(value) == level for value in values) for level in levels}
    return TrainingStatistics(
        levels=tuple(level for level in levels if counts[level]),
        sparse_levels=tuple(level for level in levels if 0 < counts[level] < SPARSE_SHARE * len(values)),
    )

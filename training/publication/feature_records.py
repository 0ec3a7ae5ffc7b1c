"""The records of the columns in a manifest: the range and the categories of the training rows."""

from collections import Counter, defaultdict
from typing import Any

import numpy as np

from predictor.artefact.records import FeatureRecord, TrainingStatistics
from predictor.artefact.weights import EncodedColumn, ExportedWeights
from predictor.schema.column import Column
from predictor.schema.features import Features
from training.recipe import Recipe

SPARSE_SHARE = 0.01
PERCENTILES = (5, 25, 50, 75, 95)

# The encoded features of one column, each with its value where the column is missing.
Encoding = list[tuple[EncodedColumn, float]]


def describe_features(
    recipe: Recipe, rows: list[Features], weights: ExportedWeights
) -> tuple[FeatureRecord, ...]:
    """Give each column's statistics on the training rows, and whether the network uses it."""
    encodings = _encodings_by_column(weights)
    records = []
    for column in type(rows[0]).columns():
        statistics = _statistics(column, [row.__dict__[column.attribute] for row in rows])
        encoding = encodings.get(column.name, [])
        if encoding:
            statistics = statistics.model_copy(update=_describe_imputation(column, encoding, recipe))
        records.append(FeatureRecord(column=column, used=bool(encoding), training=statistics))
    return tuple(records)


def _encodings_by_column(weights: ExportedWeights) -> dict[str, Encoding]:
    encodings: dict[str, Encoding] = defaultdict(list)
    for encoded, fill in zip(weights.encoding, weights.fill_F.tolist(), strict=True):
        encodings[encoded.column].append((encoded, fill))
    return encodings


def _describe_imputation(column: Column, encoding: Encoding, recipe: Recipe) -> dict[str, Any]:
    """Give what replaces a missing value; it is None where missing values are a category of their own."""
    first, fill = encoding[0]
    if column.is_numeric:
        return {"imputation": recipe.impute_numbers, "fill": fill}
    if any(encoded.missing for encoded, _ in encoding):
        return {"imputation": "own_category", "fill": None}
    if first.category is None:
        return {"imputation": "most_frequent", "fill": str(int(fill))}
    imputed = [encoded.category for encoded, is_imputed in encoding if is_imputed]
    return {"imputation": "most_frequent", "fill": imputed[0] if imputed else None}


def _statistics(column: Column, values: list[float | int | str | None]) -> TrainingStatistics:
    if column.is_numeric:
        numbers = np.sort([float(value) for value in values if value is not None])
        tail = int(len(numbers) * SPARSE_SHARE)
        return TrainingStatistics(
            minimum=numbers[0],
            maximum=numbers[-1],
            sparse_below=numbers[tail],
            sparse_above=numbers[-1 - tail],
            percentiles=tuple(np.percentile(numbers, PERCENTILES).tolist()),
        )
    counts = Counter(str(value) for value in values if value is not None)
    return TrainingStatistics(
        levels=tuple(level for level in column.levels if counts[level]),
        sparse_levels=tuple(
            level for level in column.levels if 0 < counts[level] < SPARSE_SHARE * len(values)
        ),
    )

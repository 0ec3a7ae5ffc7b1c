"""The records of the columns in a manifest: the range and the categories of the training rows."""

from collections import Counter, defaultdict
from typing import Any

import numpy as np

from predictor.artefact.records import FeatureRecord, TrainingStatistics
from predictor.artefact.weights import EncodedColumn, ExportedWeights
from predictor.schema.column import Column
from predictor.schema.features import Features
from training.preprocessing.inputs import Inputs

SPARSE_SHARE = 0.01
PERCENTILES = (5, 25, 50, 75, 95)

# With these methods, no single value stands in for a missing one.
NO_FILL = {"category", "draws"}

# The encoded features of one column, each with its value where the column is missing.
Encoding = list[tuple[EncodedColumn, float]]


def describe_features(
    inputs: Inputs, rows: list[Features], weights: ExportedWeights
) -> tuple[FeatureRecord, ...]:
    """Give each column's statistics on the training rows, and whether the network uses it."""
    encodings = _encodings_by_column(weights)
    records = []
    for column in type(rows[0]).columns():
        statistics = _statistics(column, [row.__dict__[column.attribute] for row in rows])
        encoding = encodings.get(column.name, [])
        if encoding:
            statistics = statistics.model_copy(update=_describe_imputation(column, encoding, inputs))
        records.append(FeatureRecord(column=column, used=bool(encoding), training=statistics))
    return tuple(records)


def _encodings_by_column(weights: ExportedWeights) -> dict[str, Encoding]:
    encodings: dict[str, Encoding] = defaultdict(list)
    for encoded, fill in zip(weights.encoding, weights.fill_F.tolist(), strict=True):
        encodings[encoded.column].append((encoded, fill))
    return encodings


def _describe_imputation(column: Column, encoding: Encoding, inputs: Inputs) -> dict[str, Any]:
    """Give how a missing value is replaced, and by what, unless that depends on the other columns."""
    method = inputs.methods.get(column.name)
    if method is None:
        return {}
    return {"imputation": method, "fill": _fill(column, encoding) if method not in NO_FILL else None}


def _fill(column: Column, encoding: Encoding) -> float | str | None:
    first, fill = encoding[0]
    if column.is_numeric:
        return fill
    if first.category is None:
        return str(int(fill))
    imputed = [encoded.category for encoded, is_imputed in encoding if is_imputed]
    return imputed[0] if imputed else None


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

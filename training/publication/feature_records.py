"""The records of the columns in a manifest: the range and the categories of the training rows."""

import numpy as np

from predictor.artefact.records import FeatureRecord, Imputation, TrainingStatistics
from predictor.artefact.weights import ExportedWeights
from predictor.schema.column import Column
from predictor.schema.features import Features
from training.recipe import Recipe

SPARSE_SHARE = 0.01
PERCENTILES = (5, 25, 50, 75, 95)


def describe_features(
    recipe: Recipe, rows: list[Features], weights: ExportedWeights
) -> tuple[FeatureRecord, ...]:
    """Give each column's statistics on the training rows, and whether the network uses it."""
    used = {encoded.column for encoded in weights.encoding}
    records = []
    for column in type(rows[0]).columns():
        statistics = _statistics(column, [row.__dict__[column.attribute] for row in rows])
        if column.name in used:
            fill = _find_fill(column, weights)
            statistics = statistics.model_copy(
                update={"fill": fill, "imputation": _imputation(column, recipe, weights)}
            )
        records.append(FeatureRecord(column=column, used=column.name in used, training=statistics))
    return tuple(records)


def _imputation(column: Column, recipe: Recipe, weights: ExportedWeights) -> Imputation:
    if column.is_numeric:
        return recipe.impute_numbers
    has_own = any(encoded.column == column.name and encoded.missing for encoded in weights.encoding)
    # Without a missing value in training, there is nothing to learn a category of missing values from.
    return "most_frequent" if column.nullable and not has_own else recipe.impute_levels


def _find_fill(column: Column, weights: ExportedWeights) -> float | str | None:
    """Give what replaces a missing value; None where missing values are a category of their own."""
    own = [encoded for encoded in weights.encoding if encoded.column == column.name and encoded.missing]
    for encoded, fill in zip(weights.encoding, weights.fill_F.tolist(), strict=True):
        if encoded.column != column.name or own:
            continue
        if column.is_numeric:
            return float(fill)
        if column.kind == "flag":
            return str(int(fill))
        if fill:
            return encoded.category
    return None


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
    counts = {level: sum(str(value) == level for value in values) for level in column.levels}
    return TrainingStatistics(
        levels=tuple(level for level in column.levels if counts[level]),
        sparse_levels=tuple(
            level for level in column.levels if 0 < counts[level] < SPARSE_SHARE * len(values)
        ),
    )

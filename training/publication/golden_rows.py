"""Golden rows: made-up rows that every engine must score alike; an artefact holds no row of the data."""

import numpy as np

from predictor.artefact.records import FeatureRecord
from predictor.schema.column import Column, Value

GOLDEN_ROWS = 16


def make_golden_rows(features: tuple[FeatureRecord, ...], seed: int) -> tuple[dict[str, Value], ...]:
    """Draw rows within each column's training range; in every fourth row nullable values are missing."""
    generator = np.random.default_rng(seed)
    return tuple(
        {feature.column.name: _draw(feature, generator, with_missing=row % 4 == 0) for feature in features}
        for row in range(GOLDEN_ROWS)
    )


def _draw(feature: FeatureRecord, generator: np.random.Generator, *, with_missing: bool) -> Value:
    value = _draw_known(feature, generator)
    return None if feature.column.nullable and with_missing else value


def _draw_known(feature: FeatureRecord, generator: np.random.Generator) -> Value:
    column, training = feature.column, feature.training
    if column.kind == "category":
        return str(generator.choice(column.categories))
    if column.kind == "flag":
        return int(generator.integers(2))
    value = float(generator.uniform(training.minimum or 0.0, training.maximum or 0.0))
    return round(value) if column.kind == "integer" else _round_within(value, column)


def _round_within(value: float, column: Column) -> float:
    """Round to two decimals, unless the result leaves the column's range."""
    rounded = round(value, 2)
    is_inside = (column.minimum or 0.0) <= rounded <= (column.maximum or 0.0)
    return rounded if is_inside else value

"""Golden rows: made up, never taken from the data, so that an artefact holds nobody's record."""

import numpy as np

from predictor.artefact.records import FeatureRecord
from predictor.schema.features import Features, Value

GOLDEN_ROWS = 16


def make_golden_rows(features: tuple[FeatureRecord, ...], seed: int) -> tuple[dict[str, Value], ...]:
    """Draw rows that cover each column's training range and categories; some leave out what may be."""
    generator = np.random.default_rng(seed)
    return tuple(
        {feature.column.name: _draw(feature, generator, leave_out=row % 4 == 0) for feature in features}
        for row in range(GOLDEN_ROWS)
    )


def _draw(feature: FeatureRecord, generator: np.random.Generator, *, leave_out: bool) -> Value:
    column, training = feature.column, feature.training
    if column.kind == "category":
        return str(generator.choice(column.categories))
    if column.kind == "flag":
        return int(generator.integers(2))
    value = round(float(generator.uniform(training.minimum or 0.0, training.maximum or 0.0)), 2)
    return None if column.nullable and leave_out else value


def as_features(features: type[Features], rows: tuple[dict[str, Value], ...]) -> list[Features]:
    """Check made-up rows like any other."""
    return [features.model_validate(row) for row in rows]

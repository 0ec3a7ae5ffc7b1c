"""Warnings about valid rows whose values were missing, rare or absent in training.

Shapes: B rows, K columns in the raw matrix.
"""

from collections.abc import Sequence
from math import inf
from operator import itemgetter
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict

from predictor.artefact.records import FeatureRecord, TrainingStatistics
from predictor.artefact.weights import Array
from predictor.engines.encoding import raw_matrix
from predictor.schema.features import Column, Features, Value


class RowWarning(BaseModel):
    """A warning about one field of a row."""

    model_config = ConfigDict(frozen=True)

    field: str
    code: Literal["imputed", "out_of_range", "sparse"]
    message: str


Warnings = tuple[RowWarning, ...]


class InputChecks:
    """Finds the warnings of rows; the checks of each column are prepared once.

    `columns` are those of the raw matrix.
    """

    def __init__(self, features: Sequence[FeatureRecord], columns: Sequence[Column]) -> None:
        numbers = [feature for feature in features if feature.column.kind == "number"]
        self._checks = {
            feature.column.name: (NumberCheck if feature.column.kind == "number" else LevelCheck)(feature)
            for feature in features
        }
        self._ranges = {feature.column.name: _common_range(feature.training) for feature in numbers}
        # Columns without rare levels need no check.
        self._rare_levels = [
            (feature.column.name, rare)
            for feature in features
            if feature.column.kind != "number" and (rare := _find_rare_levels(feature))
        ]
        in_matrix = {column.name for column in columns}
        self._other_numbers = [feature.column for feature in numbers if feature.column.name not in in_matrix]
        self._bounds_K2 = self._bounds(columns)
        self._other_bounds_K2 = self._bounds(self._other_numbers)

    def check(self, rows: Sequence[Features], raw_BK: Array) -> list[Warnings]:
        """Give each row's warnings, in column order; `raw_BK` is the `raw_matrix` of the rows."""
        warnings: list[Warnings] = [()] * len(rows)
        for index in self._find_suspects(rows, raw_BK):
            warnings[index] = self.check_row(rows[index])
        return warnings

    def check_row(self, row: Features) -> Warnings:
        """Give one row's warnings, in column order."""
        values = row.__dict__
        suspects = [name for name, levels in self._rare_levels if values[name] in levels]
        for name, (low, high) in self._ranges.items():
            value = values[name]
            if value is None or not low <= value <= high:
                suspects.append(name)
        if not suspects:
            return ()
        results = (check.check(values[name]) for name, check in self._checks.items() if name in suspects)
        return tuple(warning for warning in results if warning is not None)

    def _find_suspects(self, rows: Sequence[Features], raw_BK: Array) -> set[int]:
        """Give the indices of the rows that may have a warning, column by column."""
        indices = set(_find_outside(raw_BK, self._bounds_K2))
        if self._other_numbers:
            indices.update(_find_outside(raw_matrix(rows, self._other_numbers), self._other_bounds_K2))
        dicts = [row.__dict__ for row in rows]
        for name, levels in self._rare_levels:
            if not levels.isdisjoint(map(itemgetter(name), dicts)):
                indices.update(index for index, values in enumerate(dicts) if values[name] in levels)
        return indices

    def _bounds(self, columns: Sequence[Column]) -> Array:
        return np.array([self._ranges.get(column.name, (-inf, inf)) for column in columns]).reshape(-1, 2)


class NumberCheck:
    """Gives the warning, if any, for a value of one column of numbers."""

    def __init__(self, feature: FeatureRecord) -> None:
        name, training = feature.column.name, feature.training
        unit = f" {feature.column.unit}" if feature.column.unit else ""
        fill = "unknown" if training.fill is None else f"{training.fill:.3g}"
        self._training = training
        # A column that the model does not use is not imputed.
        self._is_imputed = feature.used
        self._imputed = RowWarning(
            field=name,
            code="imputed",
            message=f"{name} is missing; the training mean, {fill}{unit}, stands in for it.",
        )
        self._out_of_range = RowWarning(
            field=name,
            code="out_of_range",
            message=f"{name} lies outside the range in training, "
            f"{training.minimum:g} to {training.maximum:g}{unit}.",
        )
        self._sparse = RowWarning(
            field=name,
            code="sparse",
            message=f"Fewer than 1 in 100 training rows have a value of {name} this low or this high.",
        )

    def check(self, value: Any) -> RowWarning | None:
        """Give the warning for a value, None included."""
        training = self._training
        if value is None:
            return self._imputed if self._is_imputed else None
        if _is_outside(value, training.minimum, training.maximum):
            return self._out_of_range
        return self._sparse if _is_outside(value, training.sparse_below, training.sparse_above) else None


class LevelCheck:
    """Gives the warning, if any, for a value of one column of categories or flags."""

    def __init__(self, feature: FeatureRecord) -> None:
        name = feature.column.name
        self._training = feature.training
        self._out_of_range = RowWarning(
            field=name, code="out_of_range", message=f"No training row has this {name}."
        )
        self._sparse = RowWarning(
            field=name, code="sparse", message=f"Fewer than 1 in 100 training rows have this {name}."
        )

    def check(self, value: Value) -> RowWarning | None:
        """Give the warning for a value."""
        if str(value) not in self._training.levels:
            return self._out_of_range
        return self._sparse if str(value) in self._training.sparse_levels else None


def _find_outside(raw_BK: Array, bounds_K2: Array) -> list[int]:
    """Give the indices of rows that lie outside in any column; NaN, a missing value, is never inside."""
    low_K, high_K = bounds_K2.T
    is_inside_B = ((raw_BK >= low_K) & (raw_BK <= high_K)).all(axis=1)
    indices: list[int] = np.flatnonzero(~is_inside_B).tolist()
    return indices


def _common_range(training: TrainingStatistics) -> tuple[float, float]:
    """Give the range in which a number has no warning."""
    low = training.minimum if training.sparse_below is None else training.sparse_below
    high = training.maximum if training.sparse_above is None else training.sparse_above
    return (-inf if low is None else low, inf if high is None else high)


def _find_rare_levels(feature: FeatureRecord) -> set[Value]:
    """Give the values that are rare or absent in training."""
    common = set(feature.training.levels) - set(feature.training.sparse_levels)
    values: Sequence[int | str] = feature.column.categories or (0, 1)
    return {value for value in values if str(value) not in common}


def _is_outside(value: float, low: float | None, high: float | None) -> bool:
    return (low is not None and value < low) or (high is not None and value > high)

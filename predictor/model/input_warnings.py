"""Warnings about valid rows whose values were missing, rare or absent in training.

Shapes: B rows, K columns in the raw matrix.
"""

from collections.abc import Mapping, Sequence
from math import inf
from operator import itemgetter
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict

from predictor.artefact.records import FeatureRecord
from predictor.artefact.weights import DRAWS, NO_LIMITS, Array
from predictor.engines.encoding import raw_matrix
from predictor.schema.column import Column, Value
from predictor.schema.features import Features

Code = Literal["imputed", "out_of_range", "sparse"]

# What replaces a missing value.
STATISTICS = {
    "mean": "training mean",
    "median": "training median",
    "most_frequent": "most frequent training value",
}


class RowWarning(BaseModel):
    """A warning about one field of a row."""

    model_config = ConfigDict(frozen=True)

    field: str
    code: Code
    message: str


Warnings = tuple[RowWarning, ...]


class InputChecks:
    """Finds the warnings of rows; the messages of each column are prepared once.

    `features` have the columns of the task, `columns` are those of the raw matrix, and `limits` are the
    lowest and the highest number that the model uses of a column. A column is known by its attribute here,
    the key of a row's values.
    """

    def __init__(
        self,
        features: Sequence[FeatureRecord],
        columns: Sequence[Column],
        limits: Mapping[str, tuple[float, float]],
    ) -> None:
        self._attributes = [feature.column.attribute for feature in features]
        numbers = [feature for feature in features if feature.column.is_numeric]
        self._numbers = {
            feature.column.attribute: NumberCheck(feature, limits.get(feature.column.name, NO_LIMITS))
            for feature in numbers
        }
        self._ranges = {name: check.common_range for name, check in self._numbers.items()}
        # Only columns with levels that are rare, absent or missing need a check.
        self._levels = [
            (feature.column.attribute, warnings)
            for feature in features
            if feature.column.levels and (warnings := _level_warnings(feature))
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
        found: dict[str, RowWarning | None] = {
            name: warnings[values[name]] for name, warnings in self._levels if values[name] in warnings
        }
        for name, (low, high) in self._ranges.items():
            value = values[name]
            if value is None or not low <= value <= high:
                found[name] = self._numbers[name].find_warning(value)
        if not found:
            return ()
        return tuple(warning for name in self._attributes if (warning := found.get(name)))

    def _find_suspects(self, rows: Sequence[Features], raw_BK: Array) -> set[int]:
        """Give the indices of the rows that may have a warning, column by column."""
        indices = set(_find_outside(raw_BK, self._bounds_K2))
        if self._other_numbers:
            indices.update(_find_outside(raw_matrix(rows, self._other_numbers), self._other_bounds_K2))
        dicts = [row.__dict__ for row in rows]
        for name, warnings in self._levels:
            if not warnings.keys().isdisjoint(map(itemgetter(name), dicts)):
                indices.update(index for index, values in enumerate(dicts) if values[name] in warnings)
        return indices

    def _bounds(self, columns: Sequence[Column]) -> Array:
        return np.array([self._ranges.get(column.attribute, (-inf, inf)) for column in columns]).reshape(
            -1, 2
        )


class NumberCheck:
    """Gives the warning for a number outside `common_range`, the range without warnings."""

    def __init__(self, feature: FeatureRecord, limits: tuple[float, float]) -> None:
        training, self._feature, self._limits = feature.training, feature, limits
        self._range = _range(training.minimum, training.maximum)
        self._usual = _range(training.sparse_below, training.sparse_above)
        lows, highs = zip(self._range, self._usual, limits, strict=True)
        self.common_range = max(lows), min(highs)
        self._imputed = self._warning("imputed", _imputed(feature)) if feature.used else None
        # Writing a text takes longer than a prediction, so each is written once.
        self._warnings: dict[tuple[bool, bool, float | None], RowWarning] = {}

    def find_warning(self, value: float | None) -> RowWarning | None:
        """Give the warning for such a number; there is none for a missing one that the model does not use."""
        if value is None:
            return self._imputed
        limited = min(max(value, self._limits[0]), self._limits[1])
        instead = None if limited == value else limited
        key = _is_within(value, self._range), _is_within(value, self._usual), instead
        if key not in self._warnings:
            self._warnings[key] = self._describe(*key)
        return self._warnings[key]

    def _describe(self, is_in_range: bool, is_usual: bool, instead: float | None) -> RowWarning:
        column = self._feature.column
        name = _name(column)
        uses = "" if instead is None else f" The model uses {column.write(instead)} instead."
        if not is_in_range:
            text = f"{name} lies outside the range in training, {column.write(*self._range)}."
            return self._warning("out_of_range", text + uses)
        text = f"Fewer than 1 in 100 training rows have a value of {name} this low or this high."
        if is_usual:
            text = f"{name} lies outside the range in which the model tells values apart."
        return self._warning("sparse", text + uses)

    def _warning(self, code: Code, message: str) -> RowWarning:
        return RowWarning(field=self._feature.column.name, code=code, message=message)


def _is_within(value: float, limits: tuple[float, float]) -> bool:
    return limits[0] <= value <= limits[1]


def _range(low: float | None, high: float | None) -> tuple[float, float]:
    return (-inf if low is None else low, inf if high is None else high)


def _name(column: Column) -> str:
    """Give the name in a sentence: in quotes, unless it is one plain word."""
    return column.name if column.name.isidentifier() else f"'{column.name}'"


def _level_warnings(feature: FeatureRecord) -> dict[Value, RowWarning]:
    """Give the warning for each level that is rare or absent in training, and for a missing one."""
    field, name, training = feature.column.name, _name(feature.column), feature.training
    absent = RowWarning(field=field, code="out_of_range", message=f"No training row has this {name}.")
    sparse = RowWarning(
        field=field, code="sparse", message=f"Fewer than 1 in 100 training rows have this {name}."
    )
    warnings: dict[Value, RowWarning] = {}
    for value in feature.column.categories or (0, 1):
        if str(value) not in training.levels:
            warnings[value] = absent
        elif str(value) in training.sparse_levels:
            warnings[value] = sparse
    if feature.column.nullable and feature.used:
        warnings[None] = RowWarning(field=field, code="imputed", message=_imputed(feature))
    return warnings


def _imputed(feature: FeatureRecord) -> str:
    """Say what the model does with a missing value of a column."""
    column, fill, imputation = feature.column, feature.training.fill, feature.training.imputation
    missing = f"{_name(column)} is missing"
    if imputation == "category":
        return f"{missing}; the model treats missing values as a category of their own."
    if imputation == "draws":
        return f"{missing}; the answer is the mean over {DRAWS} values of like rows in training."
    if imputation == "known_rows":
        imputation = "mean" if isinstance(fill, float) else "most_frequent"
    text = column.write(fill, digits=3) if isinstance(fill, float) else fill or "unknown"
    return f"{missing}; the {STATISTICS[imputation]}, {text}, stands in for it."


def _find_outside(raw_BK: Array, bounds_K2: Array) -> list[int]:
    """Give the indices of rows that lie outside in any column; NaN, a missing value, is never inside."""
    low_K, high_K = bounds_K2.T
    is_inside_B = ((raw_BK >= low_K) & (raw_BK <= high_K)).all(axis=1)
    indices: list[int] = np.flatnonzero(~is_inside_B).tolist()
    return indices

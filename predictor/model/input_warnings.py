"""Warnings about a row that is valid, but that the model knows little about.

Shapes: B rows, K columns in the raw matrix.
"""

from collections.abc import Callable, Sequence
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
    """One thing to know about one field of a row."""

    model_config = ConfigDict(frozen=True)

    field: str
    code: Literal["imputed", "out_of_range", "sparse"]
    message: str


Check = Callable[[Any], RowWarning | None]
Warnings = tuple[RowWarning, ...]


class InputChecks:
    """Finds the warnings of rows; what each column may warn about is worked out once.

    `columns` are those that the raw matrix of rows has.
    """

    def __init__(self, features: Sequence[FeatureRecord], columns: Sequence[Column]) -> None:
        self._judges = {feature.column.name: _judge(feature) for feature in features}
        numbers = [feature for feature in features if feature.column.kind == "number"]
        self._ranges = {feature.column.name: _comfortable_range(feature.training) for feature in numbers}
        # Levels that are all well known need no look.
        self._doubtful_levels = [
            (feature.column.name, doubtful)
            for feature in features
            if feature.column.kind != "number" and (doubtful := _doubtful_levels(feature))
        ]
        read = {column.name for column in columns}
        self._unread = [feature.column for feature in numbers if feature.column.name not in read]
        self._bounds_K2 = self._bounds(columns)
        self._bounds_of_unread_K2 = self._bounds(self._unread)

    def __call__(self, rows: Sequence[Features], raw_BK: Array) -> list[Warnings]:
        """Give each row's warnings, in column order; `raw_BK` are the rows as `raw_matrix` writes them."""
        found: list[Warnings] = [()] * len(rows)
        for place in self._find_doubtful(rows, raw_BK):
            found[place] = self.of_row(rows[place])
        return found

    def of_row(self, row: Features) -> Warnings:
        """Give one row's warnings."""
        values = row.__dict__
        doubts = [name for name, levels in self._doubtful_levels if values[name] in levels]
        for name, (low, high) in self._ranges.items():
            value = values[name]
            if value is None or not low <= value <= high:
                doubts.append(name)
        if not doubts:
            return ()
        judged = (judge(values[name]) for name, judge in self._judges.items() if name in doubts)
        return tuple(warning for warning in judged if warning is not None)

    def _find_doubtful(self, rows: Sequence[Features], raw_BK: Array) -> set[int]:
        """Find the rows that need a look, a column at a time."""
        found = set(_outside(raw_BK, self._bounds_K2))
        if self._unread:
            found.update(_outside(raw_matrix(rows, self._unread), self._bounds_of_unread_K2))
        dicts = [row.__dict__ for row in rows]
        for name, levels in self._doubtful_levels:
            if not levels.isdisjoint(map(itemgetter(name), dicts)):
                found.update(place for place, values in enumerate(dicts) if values[name] in levels)
        return found

    def _bounds(self, columns: Sequence[Column]) -> Array:
        return np.array([self._ranges.get(column.name, (-inf, inf)) for column in columns]).reshape(-1, 2)


def _outside(raw_BK: Array, bounds_K2: Array) -> list[int]:
    """Give the places of rows that lie outside in any column; NaN, a missing value, is never inside."""
    low_K, high_K = bounds_K2.T
    is_inside_B = ((raw_BK >= low_K) & (raw_BK <= high_K)).all(axis=1)
    places: list[int] = np.flatnonzero(~is_inside_B).tolist()
    return places


def _comfortable_range(training: TrainingStatistics) -> tuple[float, float]:
    """Give the range within which a number certainly needs no warning."""
    low = training.minimum if training.sparse_below is None else training.sparse_below
    high = training.maximum if training.sparse_above is None else training.sparse_above
    return (-inf if low is None else low, inf if high is None else high)


def _doubtful_levels(feature: FeatureRecord) -> set[Value]:
    """Give the values that training saw rarely or never."""
    well_known = set(feature.training.levels) - set(feature.training.sparse_levels)
    values: Sequence[int | str] = feature.column.categories or (0, 1)
    return {value for value in values if str(value) not in well_known}


def _judge(feature: FeatureRecord) -> Check:
    if feature.column.kind == "number":
        return _number_judge(feature.column, feature.training, used=feature.used)
    return _level_judge(feature.column, feature.training)


def _number_judge(column: Column, training: TrainingStatistics, *, used: bool) -> Check:
    name, unit = column.name, f" {column.unit}" if column.unit else ""
    seen = f"{training.minimum:g} to {training.maximum:g}{unit}"
    imputed = RowWarning(
        field=name,
        code="imputed",
        message=f"{name} is missing; the training mean, {_short(training.fill)}{unit}, stands in for it.",
    )
    outside = RowWarning(
        field=name,
        code="out_of_range",
        message=f"{name} lies outside {seen}, all that the model saw in training.",
    )
    sparse = RowWarning(
        field=name,
        code="sparse",
        message=f"Fewer than 1 in 100 training rows lie as far out in {name} as this one.",
    )

    def judge(value: Any) -> RowWarning | None:
        if value is None:
            # Nothing stands in for what the model does not read.
            return imputed if used else None
        if _is_outside(value, training.minimum, training.maximum):
            return outside
        return sparse if _is_outside(value, training.sparse_below, training.sparse_above) else None

    return judge


def _level_judge(column: Column, training: TrainingStatistics) -> Check:
    name = column.name
    unseen = RowWarning(
        field=name,
        code="out_of_range",
        message=f"The model saw no row with this {name} in training.",
    )
    sparse = RowWarning(
        field=name, code="sparse", message=f"Fewer than 1 in 100 training rows have this {name}."
    )

    def judge(value: Value) -> RowWarning | None:
        if str(value) not in training.levels:
            return unseen
        return sparse if str(value) in training.sparse_levels else None

    return judge


def _is_outside(value: float, low: float | None, high: float | None) -> bool:
    return (low is not None and value < low) or (high is not None and value > high)


def _short(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.3g}"

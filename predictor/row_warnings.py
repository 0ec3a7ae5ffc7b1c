"""Warnings about a row that is valid, but that the model knows little about.

Shapes: B rows.
"""

from collections.abc import Callable, Sequence
from math import inf
from operator import itemgetter
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict

from predictor.features import Column, Features, Value
from predictor.manifest import FeatureRecord, Support

Row = dict[str, Any]

# So few are all looked at.
FEW_ROWS = 4


class RowWarning(BaseModel):
    """One thing to know about one field of a row."""

    model_config = ConfigDict(frozen=True)

    field: str
    code: Literal["imputed", "out_of_range", "sparse"]
    message: str


Judge = Callable[[Any], list[RowWarning]]


class Watch:
    """Finds the warnings of rows; what each column may warn about is worked out once."""

    def __init__(self, features: Sequence[FeatureRecord]) -> None:
        self._judges = {feature.column.name: _judge(feature) for feature in features}
        self._ranges = [
            (feature.column.name, *_comfortable_range(feature.training))
            for feature in features
            if feature.column.kind == "number"
        ]
        # Levels that are all well known need no look.
        self._doubtful_levels = [
            (feature.column.name, doubtful)
            for feature in features
            if feature.column.kind != "number" and (doubtful := _doubtful_levels(feature))
        ]

    def __call__(self, rows: Sequence[Features]) -> list[list[RowWarning]]:
        """Give each row's warnings, in column order."""
        dicts = [row.__dict__ for row in rows]
        doubtful = range(len(dicts)) if len(dicts) <= FEW_ROWS else self._find_doubtful(dicts)
        found: list[list[RowWarning]] = [[] for _ in dicts]
        for place in doubtful:
            found[place] = self._of_row(dicts[place])
        return found

    def _of_row(self, row: Row) -> list[RowWarning]:
        doubts = {name for name, levels in self._doubtful_levels if row[name] in levels}
        for name, low, high in self._ranges:
            value = row[name]
            if value is None or not low <= value <= high:
                doubts.add(name)
        if not doubts:
            return []
        return [
            warning for name, judge in self._judges.items() if name in doubts for warning in judge(row[name])
        ]

    def _find_doubtful(self, rows: Sequence[Row]) -> set[int]:
        """Find the rows that need a look, a column at a time, which for many rows is a third of the time."""
        found: set[int] = set()
        for name, low, high in self._ranges:
            values_B = np.array([row[name] for row in rows], dtype=np.float64)
            # NaN, which is what numpy makes of None, compares false.
            found.update(np.flatnonzero(~((values_B >= low) & (values_B <= high))).tolist())
        for name, levels in self._doubtful_levels:
            if not levels.isdisjoint(map(itemgetter(name), rows)):
                found.update(place for place, row in enumerate(rows) if row[name] in levels)
        return found


def _comfortable_range(training: Support) -> tuple[float, float]:
    """Give the range within which a number certainly needs no warning."""
    low = training.minimum if training.sparse_below is None else training.sparse_below
    high = training.maximum if training.sparse_above is None else training.sparse_above
    return (-inf if low is None else low, inf if high is None else high)


def _doubtful_levels(feature: FeatureRecord) -> set[Value]:
    """Give the values that training saw rarely or never."""
    well_known = set(feature.training.levels) - set(feature.training.sparse_levels)
    values: Sequence[int | str] = feature.column.categories or (0, 1)
    return {value for value in values if str(value) not in well_known}


def _judge(feature: FeatureRecord) -> Judge:
    if feature.column.kind == "number":
        return _number_judge(feature.column, feature.training, used=feature.used)
    return _level_judge(feature.column, feature.training)


def _number_judge(column: Column, training: Support, *, used: bool) -> Judge:
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

    def judge(value: Any) -> list[RowWarning]:
        if value is None:
            # Nothing stands in for what the model does not read.
            return [imputed] if used else []
        if _is_outside(value, training.minimum, training.maximum):
            return [outside]
        return [sparse] if _is_outside(value, training.sparse_below, training.sparse_above) else []

    return judge


def _level_judge(column: Column, training: Support) -> Judge:
    name = column.name
    unseen = RowWarning(
        field=name,
        code="out_of_range",
        message=f"The model saw no row with this {name} in training.",
    )
    sparse = RowWarning(
        field=name, code="sparse", message=f"Fewer than 1 in 100 training rows have this {name}."
    )

    def judge(value: Value) -> list[RowWarning]:
        if str(value) not in training.levels:
            return [unseen]
        return [sparse] if str(value) in training.sparse_levels else []

    return judge


def _is_outside(value: float, low: float | None, high: float | None) -> bool:
    return (low is not None and value < low) or (high is not None and value > high)


def _short(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.3g}"

"""Warnings about a row that is valid, but that the model knows little about.

Shapes: B rows, K raw columns.
"""

from collections.abc import Callable, Sequence
from math import inf, nan
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict

from predictor.features import Column
from predictor.lowered import Array
from predictor.manifest import FeatureRecord, Support


class RowWarning(BaseModel):
    """One thing to know about one field of a row."""

    model_config = ConfigDict(frozen=True)

    field: str
    code: Literal["imputed", "out_of_range", "sparse"]
    message: str


class Watch:
    """Finds the warnings of rows; what each column may warn about is worked out once."""

    def __init__(self, features: Sequence[FeatureRecord]) -> None:
        self._judges = [_judge(feature) for feature in features]
        self._ranges = {
            k: _comfortable_range(feature.training)
            for k, feature in enumerate(features)
            if feature.column.kind == "number"
        }
        # Levels that are all well known need no look.
        self._doubtful_levels = {
            k: doubtful
            for k, feature in enumerate(features)
            if feature.column.kind != "number" and (doubtful := _doubtful_levels(feature))
        }

    def __call__(self, raw_BK: Array) -> list[list[RowWarning]]:
        """Give each row's warnings, in column order."""
        doubtful_BK = np.zeros(raw_BK.shape, dtype=bool)
        for k, (low, high) in self._ranges.items():
            # NaN compares false, so a missing value counts as not comfortable.
            doubtful_BK[:, k] = ~((raw_BK[:, k] >= low) & (raw_BK[:, k] <= high))
        for k, levels in self._doubtful_levels.items():
            doubtful_BK[:, k] = np.isin(raw_BK[:, k], list(levels.values()))
        found: list[list[RowWarning]] = [[] for _ in raw_BK]
        for b, k in np.argwhere(doubtful_BK).tolist():
            found[b] += self._judges[k](float(raw_BK[b, k]))
        return found

    def of_row(self, values: Sequence[Any]) -> list[RowWarning]:
        """Give the warnings of one row's values in column order."""
        doubts = [
            (k, nan if values[k] is None else values[k])
            for k, (low, high) in self._ranges.items()
            if values[k] is None or not low <= values[k] <= high
        ]
        doubts += [
            (k, levels[values[k]]) for k, levels in self._doubtful_levels.items() if values[k] in levels
        ]
        return [warning for k, value in sorted(doubts) for warning in self._judges[k](value)]


def _comfortable_range(training: Support) -> tuple[float, float]:
    """Give the range within which a number certainly needs no warning."""
    low = training.minimum if training.sparse_below is None else training.sparse_below
    high = training.maximum if training.sparse_above is None else training.sparse_above
    return (-inf if low is None else low, inf if high is None else high)


def _doubtful_levels(feature: FeatureRecord) -> dict[int | str, int]:
    """Give the values that training saw rarely or never, and the code of each."""
    well_known = set(feature.training.levels) - set(feature.training.sparse_levels)
    values: Sequence[int | str] = feature.column.categories or (0, 1)
    return {value: code for code, value in enumerate(values) if str(value) not in well_known}


def _judge(feature: FeatureRecord) -> Callable[[float], list[RowWarning]]:
    if feature.column.kind == "number":
        return _number_judge(feature.column, feature.training)
    return _level_judge(feature.column, feature.training)


def _number_judge(column: Column, training: Support) -> Callable[[float], list[RowWarning]]:
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

    def judge(value: float) -> list[RowWarning]:
        if np.isnan(value):
            return [imputed]
        if _is_outside(value, training.minimum, training.maximum):
            return [outside]
        return [sparse] if _is_outside(value, training.sparse_below, training.sparse_above) else []

    return judge


def _level_judge(column: Column, training: Support) -> Callable[[float], list[RowWarning]]:
    name, levels = column.name, column.categories or ("0", "1")
    unseen = RowWarning(
        field=name,
        code="out_of_range",
        message=f"The model saw no row with this {name} in training.",
    )
    sparse = RowWarning(
        field=name, code="sparse", message=f"Fewer than 1 in 100 training rows have this {name}."
    )

    def judge(value: float) -> list[RowWarning]:
        level = levels[int(value)]
        if level not in training.levels:
            return [unseen]
        return [sparse] if level in training.sparse_levels else []

    return judge


def _is_outside(value: float, low: float | None, high: float | None) -> bool:
    return (low is not None and value < low) or (high is not None and value > high)


def _short(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.3g}"

"""Warnings about a row that is valid, but that the model knows little about.

Shapes: B rows, K raw columns.
"""

from collections.abc import Callable, Sequence
from typing import Literal

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
        bounds = [_comfortable(feature) for feature in features]
        self._low_K, self._high_K = np.array(bounds).T

    def __call__(self, raw_BK: Array) -> list[list[RowWarning]]:
        """Give each row's warnings, in column order."""
        # NaN compares false, so a missing value counts as not comfortable.
        doubtful_BK = ~((raw_BK >= self._low_K) & (raw_BK <= self._high_K))
        found: list[list[RowWarning]] = [[] for _ in raw_BK]
        for b, k in np.argwhere(doubtful_BK):
            warning = self._judges[k](float(raw_BK[b, k]))
            if warning is not None:
                found[b].append(warning)
        return found


def _comfortable(feature: FeatureRecord) -> tuple[float, float]:
    """Give the range within which a raw value certainly needs no warning; empty where all need a look."""
    column, training = feature.column, feature.training
    if column.kind == "number":
        low = training.minimum if training.sparse_below is None else training.sparse_below
        high = training.maximum if training.sparse_above is None else training.sparse_above
        return (-np.inf if low is None else low, np.inf if high is None else high)
    levels = column.categories or ("0", "1")
    well_known = set(training.levels) - set(training.sparse_levels)
    return (-np.inf, np.inf) if well_known >= set(levels) else (np.inf, -np.inf)


def _judge(feature: FeatureRecord) -> Callable[[float], RowWarning | None]:
    if feature.column.kind == "number":
        return _number_judge(feature.column, feature.training)
    return _level_judge(feature.column, feature.training)


def _number_judge(column: Column, training: Support) -> Callable[[float], RowWarning | None]:
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

    def judge(value: float) -> RowWarning | None:
        if np.isnan(value):
            return imputed
        if _is_outside(value, training.minimum, training.maximum):
            return outside
        return sparse if _is_outside(value, training.sparse_below, training.sparse_above) else None

    return judge


def _level_judge(column: Column, training: Support) -> Callable[[float], RowWarning | None]:
    name, levels = column.name, column.categories or ("0", "1")
    unseen = RowWarning(
        field=name,
        code="out_of_range",
        message=f"The model saw no row with this {name} in training.",
    )
    sparse = RowWarning(
        field=name, code="sparse", message=f"Fewer than 1 in 100 training rows have this {name}."
    )

    def judge(value: float) -> RowWarning | None:
        level = levels[int(value)]
        if level not in training.levels:
            return unseen
        return sparse if level in training.sparse_levels else None

    return judge


def _is_outside(value: float, low: float | None, high: float | None) -> bool:
    return (low is not None and value < low) or (high is not None and value > high)


def _short(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.3g}"

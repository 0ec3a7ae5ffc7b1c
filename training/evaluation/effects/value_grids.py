"""The values of a column at which its effect is computed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from predictor.artefact.weights import Array
from predictor.schema.column import Column
from predictor.schema.features import Features

GRID_VALUES = 21
# The ends of the range of a number: beyond them, too few rows show whether an effect is real.
PERCENTILES = (1, 99)
MISSING = "missing"


@dataclass(frozen=True)
class ValueGrid:
    """Values of a column for a person, and as an engine reads them in a `raw_matrix`."""

    column: Column
    values: tuple[float | str, ...]
    raw_G: Array


def build_grid(column: Column, rows: Sequence[Features], *, with_missing: bool) -> ValueGrid:
    """Give the grid of a column over these training rows.

    For a number: even steps from the 1st to the 99th percentile, or the values between them if there are few.
    Else the levels that occur; `with_missing` adds a level for missing values, if they occur.
    """
    values = [row.__dict__[column.attribute] for row in rows]
    if column.is_numeric:
        numbers_G = _even_steps(column, np.array([value for value in values if value is not None], float))
        return ValueGrid(column, tuple(numbers_G.tolist()), numbers_G)
    present = {None if value is None else str(value) for value in values}
    levels = [level for level in column.levels if level in present]
    raw = [float(column.levels.index(level)) for level in levels]
    if with_missing and None in present:
        levels, raw = [*levels, MISSING], [*raw, np.nan]
    return ValueGrid(column, tuple(levels), np.array(raw))


def _even_steps(column: Column, known_N: Array) -> Array:
    low, high = np.percentile(known_N, PERCENTILES)
    if not low < high:
        low, high = known_N.min(), known_N.max()
    between = np.unique(known_N[(known_N >= low) & (known_N <= high)])
    # Two decimals more than the steps need, so that a value is short to write.
    decimals = 2 - int(np.floor(np.log10((high - low) / (GRID_VALUES - 1))))
    steps_G = np.round(np.linspace(low, high, GRID_VALUES), 0 if column.kind == "integer" else decimals)
    return between if len(between) <= GRID_VALUES else np.unique(steps_G)

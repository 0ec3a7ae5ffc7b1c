"""The known values of a column in training rows, from which missing values are drawn.

Values are codes: numbers as they are, flags as 0 and 1, categories as their index.

Shapes: N rows, L cells, Q draws.
"""

from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from predictor.artefact.weights import DRAWS, Array
from predictor.schema.column import Column

# A cell with fewer known values has the values of all rows.
MIN_VALUES = 20

Cells = NDArray[np.int64]


class HotDeck:
    """The known values of one column, by cell; no artefact contains them."""

    def __init__(self, codes: Array, cells: Cells, count: int) -> None:
        is_known = ~np.isnan(codes)
        order = np.argsort(cells[is_known], kind="stable")
        of_cells, everywhere = codes[is_known][order], codes[is_known]
        self._values = np.concatenate([of_cells, everywhere])
        counts_L = np.bincount(cells[is_known], minlength=count)
        is_small_L = counts_L < MIN_VALUES
        self._first_L = np.where(is_small_L, len(of_cells), np.cumsum(counts_L) - counts_L)
        self._count_L = np.where(is_small_L, len(everywhere), counts_L)

    def draw(self, cells: Cells, random: np.random.Generator) -> Array:
        """Draw a value for each row of these cells, with replacement."""
        places = random.integers(self._count_L[cells])
        drawn: Array = self._values[self._first_L[cells] + places]
        return drawn

    def quantiles(self, *, is_continuous: bool) -> Array:
        """Give evenly spaced quantiles of the values of each cell (L, Q), ascending."""
        shares_Q = (np.arange(DRAWS) + 0.5) / DRAWS
        method: Literal["linear", "inverted_cdf"] = "linear" if is_continuous else "inverted_cdf"
        cells = zip(self._first_L, self._first_L + self._count_L, strict=True)
        return np.array(
            [np.quantile(self._values[first:end], shares_Q, method=method) for first, end in cells]
        )


def encode(column: Column, values: "pd.Series[Any]") -> Array:
    """Give the code of each value (N,); a missing one is NaN."""
    codes = values.map(column.codes) if column.categories else values
    return np.asarray(codes.to_numpy(dtype=np.float64, na_value=np.nan), dtype=np.float64)


def decode(column: Column, codes: Array) -> list[float | str]:
    """Give the value of each code."""
    if column.categories:
        return [column.categories[int(code)] for code in codes]
    values: list[float | str] = codes.tolist()
    return values

"""From rows to the network's inputs, by table look-ups and one affine map.

Shapes: B rows, K raw columns, F encoded features.
"""

from collections.abc import Sequence
from operator import itemgetter
from typing import Any

import numpy as np

from predictor.artefact.weights import Array, EncodedColumn, ExportedWeights
from predictor.schema.features import Column, Features


def columns_read(columns: Sequence[Column], encoding: Sequence[EncodedColumn]) -> tuple[Column, ...]:
    """Give the columns that a network reads, in the order of the task."""
    read = {encoded.column for encoded in encoding}
    return tuple(column for column in columns if column.name in read)


def raw_matrix(rows: Sequence[Features], columns: Sequence[Column]) -> Array:
    """Write these columns of rows as numbers (B, K): a category by its place in the list, missing as NaN."""
    # A model's own dictionary is quicker to read than its attributes.
    dicts = [row.__dict__ for row in rows]
    numbers: list[Any] = []
    for column in columns:
        values = map(itemgetter(column.name), dicts)
        if column.categories:
            values = map({category: code for code, category in enumerate(column.categories)}.get, values)
        numbers += values
    # numpy reads None as NaN.
    return np.array(numbers, dtype=np.float64).reshape(len(columns), len(rows)).T


class Encoder:
    """Turns a raw matrix into the network's inputs exactly as the fitted pipeline does."""

    def __init__(self, columns: Sequence[Column], model: ExportedWeights) -> None:
        places = {column.name: place for place, column in enumerate(columns)}
        self._column_F = np.array([places[encoded.column] for encoded in model.encoding])
        self._category_F = np.array(
            [
                np.nan
                if encoded.category is None
                else columns[places[encoded.column]].categories.index(encoded.category)
                for encoded in model.encoding
            ]
        )
        self._is_number_F = np.isnan(self._category_F)
        self._model = model

    def __call__(self, raw_BK: Array) -> Array:
        """Give the inputs x_BF as float64."""
        raw_BF = raw_BK[:, self._column_F]
        filled_BF = np.where(np.isnan(raw_BF), self._model.fill_F, raw_BF)
        x_BF = np.where(self._is_number_F, filled_BF, raw_BF == self._category_F)
        return (x_BF - self._model.mean_F) / self._model.scale_F

"""Encoding of rows as the inputs of the network: one-hot categories and scaled numbers.

Shapes: B rows, K raw columns, F encoded features.
"""

from collections.abc import Sequence
from operator import itemgetter
from typing import Any

import numpy as np

from predictor.artefact.weights import Array, EncodedColumn, ExportedWeights
from predictor.schema.column import Column
from predictor.schema.features import Features

# The code of the category of missing values; no value of a raw matrix has it, because missing values are NaN.
MISSING = -1.0


def select_columns(columns: Sequence[Column], encoding: Sequence[EncodedColumn]) -> tuple[Column, ...]:
    """Give the columns that a network uses, in the order of the task."""
    used = {encoded.column for encoded in encoding}
    return tuple(column for column in columns if column.name in used)


def raw_matrix(rows: Sequence[Features], columns: Sequence[Column]) -> Array:
    """Give these columns of rows as numbers (B, K): a category as its index, a missing value as NaN."""
    # Reading a pydantic model's __dict__ is faster than reading its attributes.
    dicts = [row.__dict__ for row in rows]
    numbers: list[Any] = []
    for column in columns:
        values = map(itemgetter(column.attribute), dicts)
        if column.categories:
            values = map(column.codes.get, values)
        numbers += values
    # numpy converts None to NaN.
    return np.array(numbers, dtype=np.float64).reshape(len(columns), len(rows)).T


class Encoder:
    """Encodes a raw matrix as the fitted pipeline of scikit-learn does."""

    def __init__(self, columns: Sequence[Column], model: ExportedWeights) -> None:
        indices = {column.name: index for index, column in enumerate(columns)}
        self._column_F = np.array([indices[encoded.column] for encoded in model.encoding])
        self._category_F = np.array(
            [
                MISSING if encoded.missing else columns[index].codes.get(encoded.category, np.nan)
                for index, encoded in zip(self._column_F, model.encoding, strict=True)
            ]
        )
        self._is_number_F = np.isnan(self._category_F)
        self._low_F, self._high_F = np.array([encoded.limits for encoded in model.encoding]).T
        self._model = model

    def encode(self, raw_BK: Array) -> Array:
        """Give the inputs x_BF of the network as float64."""
        raw_BF = raw_BK[:, self._column_F]
        known_BF = np.where(self._is_number_F, raw_BF, raw_BF == self._category_F)
        x_BF = np.where(np.isnan(raw_BF), self._model.fill_F, known_BF).clip(self._low_F, self._high_F)
        return (x_BF - self._model.mean_F) / self._model.scale_F

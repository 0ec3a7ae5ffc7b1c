"""Rows as a caller has them (dicts, a DataFrame, an Arrow table), read as a task's features.

Neither pandas nor pyarrow is imported: a table is recognised by its attributes.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from math import isnan
from typing import Any

import numpy as np
from pydantic import ValidationError

from predictor.schema.column import Column
from predictor.schema.errors import InvalidRow, describe_errors
from predictor.schema.features import Features

# What pandas has for a missing value besides None and NaN.
MISSING_TYPES = frozenset({"NAType", "NaTType"})

# Dicts, the task's features, a DataFrame of pandas, or a table or record batch of pyarrow.
Rows = Any


def read_rows(rows: Rows, features: type[Features]) -> Sequence[Features]:
    """Check rows and give each as the task's features; InvalidRow names the first bad row, never a value.

    A list or tuple that begins with the task's features is given back as it is. A table's columns may
    stand in any order, and those that the task does not have are ignored; a dict may have no others.
    Missing values may be None, NaN or pandas' NA. Numbers may be numpy's, and a whole number may be a
    float, and a flag a boolean.
    """
    if isinstance(rows, list | tuple) and rows and isinstance(rows[0], features):
        return rows
    return [_read_row(position, row, features) for position, row in enumerate(_records(rows, features))]


def index_of(rows: Rows) -> Any:
    """Give the index of a DataFrame, and None for rows of another kind."""
    return rows.index if _is_data_frame(rows) else None


def _is_data_frame(rows: Rows) -> bool:
    # `iloc` tells pandas from other libraries, and a Series has no columns.
    return hasattr(rows, "iloc") and hasattr(rows, "columns")


def _records(rows: Rows, features: type[Features]) -> Any:
    if _is_data_frame(rows):
        return rows[_known_columns(rows.columns, features.columns())].to_dict("records")
    if hasattr(rows, "to_pylist") and hasattr(rows, "column_names"):
        return rows.select(_known_columns(rows.column_names, features.columns())).to_pylist()
    return rows


def _known_columns(names: Iterable[Any], columns: Sequence[Column]) -> list[str]:
    """Give the names of the task's columns that a table has; InvalidRow if one is missing or repeated."""
    counts = Counter(names)
    missing = [column.name for column in columns if not column.nullable and not counts[column.name]]
    if missing:
        raise InvalidRow(f"The table lacks these columns: {', '.join(missing)}.")
    repeated = [column.name for column in columns if counts[column.name] > 1]
    if repeated:
        raise InvalidRow(f"The table has these columns more than once: {', '.join(repeated)}.")
    return [column.name for column in columns if counts[column.name]]


def _read_row(position: int, row: Any, features: type[Features]) -> Features:
    if isinstance(row, features):
        return row
    if not isinstance(row, Mapping):
        raise InvalidRow(
            f"Row {position} is a {type(row).__name__}, not a dict of columns; "
            "put a single row into a list: [row]."
        )
    values = {name: _plain_value(value) for name, value in row.items()}
    try:
        return features.model_validate(values)
    except ValidationError as error:
        raise InvalidRow(f"Row {position}: {'; '.join(describe_errors(error))}.") from None


def _plain_value(value: Any) -> Any:
    """Give numpy's values and those of missing cells as Python's, and any other as it is."""
    if isinstance(value, np.generic):
        value = value.item()
    if type(value).__name__ in MISSING_TYPES or (isinstance(value, float) and isnan(value)):
        return None
    return value

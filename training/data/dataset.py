"""A data file, read as a whole; each row is validated by the same `Features` class as a request."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from predictor.schema.column import Column
from predictor.schema.features import Features
from predictor.schema.task import Task
from training.data.csv_file import read_csv
from training.data.decimal_commas import replace_decimal_commas
from training.data.header import check_header
from training.data.rows import check_identifiers, read_label, read_records, read_row
from training.errors import UsageError

Labels = NDArray[np.int64]
Indices = NDArray[np.int64]


@dataclass(frozen=True)
class DataSet:
    """Validated rows in the file's order, and the index of each row's class in the task's classes.

    `notes` are lines for the user: what is unusual about the file, and which columns were ignored.
    """

    task: Task
    rows: tuple[Features, ...]
    labels: Labels
    notes: tuple[str, ...] = ()

    def take(self, indices: Indices) -> list[Features]:
        """Give the rows at these indices."""
        return [self.rows[index] for index in indices]

    def fingerprint(self) -> str:
        """Give a digest of the rows; it does not depend on their order, on line ends or on number formats."""
        names = {column.attribute: column.name for column in self.task.features.columns()}
        lines = sorted(
            json.dumps(
                [{names[key]: value for key, value in row.__dict__.items()}, self.task.classes[label]],
                sort_keys=True,
            )
            for row, label in zip(self.rows, self.labels, strict=True)
        )
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    def class_counts(self, indices: Indices | None = None) -> dict[str, int]:
        """Count the rows of each class, among all rows or those at these indices."""
        counts = np.bincount(
            self.labels if indices is None else self.labels[indices], minlength=len(self.task.classes)
        )
        return dict(zip(self.task.classes, counts.tolist(), strict=True))


def features_frame(rows: Sequence[Features]) -> pd.DataFrame:
    """Give the input of the preprocessing: a column for each feature; missing is NaN, of a category None."""
    return pd.DataFrame({column.name: _series(column, rows) for column in type(rows[0]).columns()})


def _series(column: Column, rows: Sequence[Features]) -> "pd.Series[Any]":
    attribute = column.attribute
    return pd.Series(
        [row.__dict__[attribute] for row in rows], dtype="object" if column.categories else "float64"
    )


def read_data(path: Path, task: Task) -> DataSet:
    """Read a CSV file with a header line; UsageError names the row and the column of the first error.

    docs/data-files.md has the rules.
    """
    columns = task.features.columns()
    required = [*(column.name for column in columns), task.target]
    file = read_csv(path, known=required)
    ignored = check_header(file, required, task.identifier)
    if not file.lines:
        raise UsageError(f"{path} has a header line, but no data rows.")
    file = replace_decimal_commas(file, [*_numeric_names(columns), task.target])
    records = read_records(file)
    if task.identifier and task.identifier in file.header:
        check_identifiers(records, task.identifier)
    rows = tuple(read_row(record, task) for record in records)
    labels = np.array([read_label(record, task) for record in records], dtype=np.int64)
    data = DataSet(task, rows, labels, notes=(*file.notes(), *ignored))
    _check_classes(path, data)
    return data


def _numeric_names(columns: Sequence[Column]) -> list[str]:
    return [column.name for column in columns if column.kind != "category"]


def _check_classes(path: Path, data: DataSet) -> None:
    absent = [name for name, count in data.class_counts().items() if count == 0]
    if absent:
        raise UsageError(
            f"{path}, column {data.task.target!r}: no row is {' or '.join(absent)}; "
            f"training needs rows of every class ({', '.join(data.task.classes)})."
        )

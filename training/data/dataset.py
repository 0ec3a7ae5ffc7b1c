"""A data file, read as a whole; each row is validated by the same `Features` class as a request."""

import csv
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import ValidationError

from predictor.schema.column import MISSING_TEXTS
from predictor.schema.features import Features
from predictor.schema.task import Task
from training.errors import UsageError

Labels = NDArray[np.int64]
Indices = NDArray[np.int64]


@dataclass(frozen=True)
class DataSet:
    """Validated rows in the file's order, and the index of each row's class in the task's classes."""

    task: Task
    rows: tuple[Features, ...]
    labels: Labels

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
    return pd.DataFrame(
        {
            column.name: pd.Series(
                [row.__dict__[column.attribute] for row in rows],
                dtype="object" if column.categories else "float64",
            )
            for column in type(rows[0]).columns()
        }
    )


@dataclass(frozen=True)
class Record:
    """One data line: its position, for error messages, and its cells by column."""

    path: Path
    position: str
    cells: dict[str, str]

    def error(self, column: str, reason: str) -> UsageError:
        """Give the error that names the file, the row, the line and the column."""
        return UsageError(f"{self.path}, {self.position}, column {column!r}: {reason}.")


def read_data(path: Path, task: Task) -> DataSet:
    """Read a CSV file with a header line; UsageError names the row and the column of the first error."""
    lines = _read_lines(path)
    if not lines:
        raise UsageError(f"{path} is empty; it needs a header line and data rows.")
    (_, header), *data_lines = lines
    _check_header(path, header, task)
    if not data_lines:
        raise UsageError(f"{path} has a header line, but no data rows.")
    records = [
        _read_record(path, f"row {row} (line {line})", header, cells)
        for row, (line, cells) in enumerate(data_lines, start=1)
    ]
    if task.identifier and task.identifier in header:
        _check_identifiers(records, task.identifier)
    rows = tuple(_read_row(record, task) for record in records)
    labels = np.array([_read_label(record, task) for record in records], dtype=np.int64)
    data = DataSet(task, rows, labels)
    _check_values(path, data)
    return data


def _read_lines(path: Path) -> list[tuple[int, list[str]]]:
    """Give the number and the cells of each line that is not blank."""
    try:
        # utf-8-sig skips a byte order mark; with newline="" csv accepts every kind of line end.
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            return [(reader.line_num, cells) for cells in reader if len(cells) > 1 or "".join(cells).strip()]
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path} is not a UTF-8 text file; save it as CSV in UTF-8.") from None
    except csv.Error as error:
        raise UsageError(f"{path}, line {reader.line_num}: not a line of a CSV file ({error}).") from None


def _check_header(path: Path, header: list[str], task: Task) -> None:
    required = [column.name for column in task.features.columns()] + [task.target]
    # Missing columns come first: in a file without a header line the "unknown columns" are a row's values,
    # and no message may repeat those.
    for name in required:
        if name not in header:
            raise UsageError(f"{path}, line 1: column {name!r} is missing; add it.")
    for name in header:
        if header.count(name) > 1:
            raise UsageError(f"{path}, line 1: column {name!r} appears {header.count(name)} times; keep one.")
        if name not in {*required, task.identifier}:
            raise UsageError(
                f"{path}, line 1: column {name!r} is not known; remove it (known: {', '.join(required)})."
            )


def _read_record(path: Path, position: str, header: list[str], cells: list[str]) -> Record:
    if len(cells) != len(header):
        raise UsageError(f"{path}, {position}: {len(cells)} cells where the header line has {len(header)}.")
    return Record(path, position, dict(zip(header, cells, strict=True)))


def _check_identifiers(records: Sequence[Record], column: str) -> None:
    positions: dict[str, str] = {}
    for record in records:
        identifier = record.cells[column]
        if not identifier.strip():
            raise record.error(column, "is empty; each row needs its own identifier")
        first = positions.setdefault(identifier, record.position)
        if first != record.position:
            raise record.error(column, f"the same as in {first}; each row needs its own identifier")


def _read_row(record: Record, task: Task) -> Features:
    columns = task.features.columns()
    try:
        return task.features.from_text({column.name: record.cells[column.name] for column in columns})
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        name, message = str(first["loc"][0]), first["msg"]
        text = record.cells[name]
        reason = "is missing" if text.strip() in MISSING_TEXTS else message[:1].lower() + message[1:]
        is_flag = name in [column.name for column in columns if column.kind == "flag"]
        hint = _without_decimals(text, ("0", "1")) if is_flag else ""
        raise record.error(name, reason + hint) from None


def _read_label(record: Record, task: Task) -> int:
    text = record.cells[task.target].strip()
    if text not in task.classes:
        hint = _without_decimals(text, task.classes)
        raise record.error(task.target, f"must be one of {', '.join(task.classes)}{hint}")
    return task.classes.index(text)


def _without_decimals(text: str, allowed: Sequence[str]) -> str:
    whole, point, decimals = text.strip().partition(".")
    is_whole = point and whole in allowed and not decimals.strip("0")
    return f"; write {' or '.join(allowed)}, without decimals" if is_whole else ""


def _check_values(path: Path, data: DataSet) -> None:
    """Raise UsageError where no row has a class, or no row has a number in a column."""
    absent = [name for name, count in data.class_counts().items() if count == 0]
    if absent:
        raise UsageError(
            f"{path}, column {data.task.target!r}: no row is {' or '.join(absent)}; "
            f"training needs rows of every class ({', '.join(data.task.classes)})."
        )
    for column in data.task.features.columns():
        if column.nullable and all(row.__dict__[column.attribute] is None for row in data.rows):
            raise UsageError(f"{path}, column {column.name!r}: no row has a number; training needs some.")

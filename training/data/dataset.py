"""A data file, read whole and checked row by row with the same `Features` that check a request."""

import csv
import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import ValidationError

from predictor.schema.features import MISSING_TEXTS, Features
from predictor.schema.task import Task
from training.errors import UsageError

Labels = NDArray[np.int64]


@dataclass(frozen=True)
class DataSet:
    """Checked rows in the file's order, and for each the place of its class in the task's classes."""

    task: Task
    rows: tuple[Features, ...]
    labels: Labels

    def take(self, indices: Labels) -> list[Features]:
        """Give the rows at these places."""
        return [self.rows[place] for place in indices]

    def fingerprint(self) -> str:
        """Give a digest of the rows: the same for every order, line end and way to write a number."""
        lines = sorted(
            json.dumps([row.__dict__, self.task.classes[label]], sort_keys=True)
            for row, label in zip(self.rows, self.labels, strict=True)
        )
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    def class_counts(self, indices: Labels | None = None) -> dict[str, int]:
        """Count the rows of each class, of all or of those at these places."""
        counts = np.bincount(
            self.labels if indices is None else self.labels[indices], minlength=len(self.task.classes)
        )
        return dict(zip(self.task.classes, counts.tolist(), strict=True))


def features_frame(rows: Sequence[Features]) -> pd.DataFrame:
    """Give rows as the preprocessing pipeline takes them: a column a feature, missing numbers as NaN."""
    columns = type(rows[0]).columns()
    frame = pd.DataFrame([row.__dict__ for row in rows], columns=[column.name for column in columns])
    return frame.astype({column.name: "float64" for column in columns if column.kind == "number"})


def read_data(path: Path, task: Task) -> DataSet:
    """Read a CSV file with a header line; UserMistake names the row and the column of what is wrong."""
    lines = list(_read_lines(path))
    if not lines:
        raise UsageError(f"{path} is empty; it needs a header line and data rows.")
    (_, header), *records = lines
    _check_header(path, header, task)
    if not records:
        raise UsageError(f"{path} has a header line, but no data rows.")
    indices = [f"row {row} (line {line})" for row, (line, _) in enumerate(records, start=1)]
    cells = [
        _named(f"{path}, {place}", header, record)
        for place, (_, record) in zip(indices, records, strict=True)
    ]
    _check_identifiers(path, indices, cells, task)
    rows = [_read_row(f"{path}, {place}", row, task) for place, row in zip(indices, cells, strict=True)]
    labels = [_read_label(f"{path}, {place}", row, task) for place, row in zip(indices, cells, strict=True)]
    data = DataSet(task, tuple(rows), np.array(labels, dtype=np.int64))
    _check_classes(path, data)
    _check_numbers(path, data)
    return data


def _read_lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    try:
        # utf-8-sig swallows a byte order mark; newline="" leaves every kind of line end to csv.
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            yield from ((reader.line_num, record) for record in reader if not _is_blank(record))
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path} is not a UTF-8 text file; save it as CSV in UTF-8.") from None
    except csv.Error as error:
        raise UsageError(f"{path}, line {reader.line_num}: not a line of a CSV file ({error}).") from None


def _is_blank(record: list[str]) -> bool:
    return not record or (len(record) == 1 and not record[0].strip())


def _check_header(path: Path, header: list[str], task: Task) -> None:
    required = [column.name for column in task.features.columns()] + [task.target]
    known = {*required, task.identifier}
    # First what is missing: a file without a header line must not have its first row repeated.
    for name in required:
        if name not in header:
            raise UsageError(f"{path}, line 1: column {name!r} is missing; add it.")
    for name, count in Counter(header).items():
        if count > 1:
            raise UsageError(f"{path}, line 1: column {name!r} stands there {count} times; keep one.")
        if name not in known:
            raise UsageError(
                f"{path}, line 1: column {name!r} is not known; remove it (known: {', '.join(required)})."
            )


def _named(where: str, header: list[str], record: list[str]) -> dict[str, str]:
    if len(record) != len(header):
        raise UsageError(f"{where}: {len(record)} cells where the header line has {len(header)}.")
    return dict(zip(header, record, strict=True))


def _check_identifiers(
    path: Path, indices: Sequence[str], cells: Sequence[dict[str, str]], task: Task
) -> None:
    first_seen: dict[str, str] = {}
    for place, row in zip(indices, cells, strict=True):
        identifier = row.get(task.identifier or "")
        if identifier is None:
            return
        if not identifier.strip():
            raise UsageError(
                f"{path}, {place}, column {task.identifier!r}: is empty; each row needs its own."
            )
        if identifier in first_seen:
            raise UsageError(
                f"{path}, {place}, column {task.identifier!r}: the same as in {first_seen[identifier]}; "
                "each row needs its own."
            )
        first_seen[identifier] = place


def _read_row(where: str, row: dict[str, str], task: Task) -> Features:
    wanted = {column.name: row[column.name] for column in task.features.columns()}
    try:
        return task.features.from_text(wanted)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        name, message = str(first["loc"][0]), first["msg"]
        reason = "is missing" if wanted[name].strip() in MISSING_TEXTS else message[:1].lower() + message[1:]
        flags = [column.name for column in task.features.columns() if column.kind == "flag"]
        hint = _without_decimals(wanted[name], ("0", "1")) if name in flags else ""
        raise UsageError(f"{where}, column {name!r}: {reason}{hint}.") from None


def _read_label(where: str, row: dict[str, str], task: Task) -> int:
    text = row[task.target].strip()
    if text not in task.classes:
        hint = _without_decimals(text, task.classes)
        raise UsageError(f"{where}, column {task.target!r}: must be one of {', '.join(task.classes)}{hint}.")
    return task.classes.index(text)


def _without_decimals(text: str, allowed: Sequence[str]) -> str:
    whole, point, decimals = text.strip().partition(".")
    is_meant = point and whole in allowed and not decimals.strip("0")
    return f"; write {' or '.join(allowed)}, without decimals" if is_meant else ""


def _check_classes(path: Path, data: DataSet) -> None:
    absent = [name for name, count in data.class_counts().items() if count == 0]
    if absent:
        raise UsageError(
            f"{path}, column {data.task.target!r}: no row is {' or '.join(absent)}; "
            f"rows of every class are needed to learn from ({', '.join(data.task.classes)})."
        )


def _check_numbers(path: Path, data: DataSet) -> None:
    for column in data.task.features.columns():
        if column.nullable and all(row.__dict__[column.name] is None for row in data.rows):
            raise UsageError(f"{path}, column {column.name!r}: no row has a number; give some.")

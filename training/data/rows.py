"""The rows and labels of a data file, each validated, with errors that name the cell."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path

from pydantic import ValidationError

from predictor.schema.column import BOOLEANS, MISSING_TEXTS, Column
from predictor.schema.features import Features
from predictor.schema.task import Task
from training.data.csv_file import CsvFile
from training.errors import UsageError


@dataclass(frozen=True)
class Record:
    """One data line: its position, for error messages, and its cells by column."""

    path: Path
    position: str
    cells: dict[str, str]

    def error(self, column: str, reason: str) -> UsageError:
        """Give the error that names the file, the row, the line and the column."""
        return UsageError(f"{self.path}, {self.position}, column {column!r}: {reason}.")


def read_records(file: CsvFile) -> list[Record]:
    """Give the data lines; UsageError names a line with too few or too many cells."""
    names = file.header
    records = []
    for row, (line, cells) in enumerate(file.lines, start=1):
        position = f"row {row} (line {line})"
        if len(cells) != len(names):
            raise UsageError(
                f"{file.path}, {position}: {len(cells)} cells where the header line has {len(names)}."
            )
        records.append(Record(file.path, position, dict(zip(names, cells, strict=True))))
    return records


def check_identifiers(records: Sequence[Record], column: str) -> None:
    """Raise UsageError where an identifier is empty or not unique."""
    positions: dict[str, str] = {}
    for record in records:
        identifier = record.cells[column]
        if not identifier.strip():
            raise record.error(column, "is empty; each row needs its own identifier")
        first = positions.setdefault(identifier, record.position)
        if first != record.position:
            raise record.error(column, f"the same as in {first}; each row needs its own identifier")


def read_row(record: Record, task: Task) -> Features:
    """Give the validated features; UsageError names the first column that is not valid."""
    columns = {column.name: column for column in task.features.columns()}
    try:
        return task.features.from_text({name: record.cells[name] for name in columns})
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        name, message = str(first["loc"][0]), first["msg"]
        text = record.cells[name].strip()
        if text in MISSING_TEXTS:
            raise record.error(name, "is missing, and this column needs a value in every row") from None
        reason = message[:1].lower() + message[1:]
        raise record.error(name, reason + _hint(columns[name], text)) from None


def _hint(column: Column, text: str) -> str:
    """Say how a cell that was not understood may have been meant."""
    if column.is_numeric and "," in text:
        return "; write numbers with a decimal point, and without commas"
    if column.nullable and not any(character.isdigit() for character in text):
        texts = ", ".join(sorted(MISSING_TEXTS - {""}))
        return f"; a missing value is an empty cell or one of {texts}"
    if not any(character.isalnum() for character in text):
        return "; this column needs a value in every row"
    return ""


def read_label(record: Record, task: Task) -> int:
    """Give the index of the row's class; UsageError names the classes."""
    text = record.cells[task.target].strip()
    index = task.classes.index(text) if text in task.classes else _find_class(text, task.classes)
    if index is None:
        is_missing = "is missing and " if text in MISSING_TEXTS else ""
        raise record.error(task.target, f"{is_missing}must be one of {', '.join(task.classes)}")
    return index


def _find_class(text: str, classes: tuple[str, ...]) -> int | None:
    """Find the class that is the same number: programs write 1 also as 1.0 and, beside 0, as True."""
    indices, number = _index_numbers(classes), _number(text)
    is_wrong_kind = text.lower() in BOOLEANS and indices.keys() != {0, 1}
    return None if number is None or is_wrong_kind else indices.get(number)


@cache
def _index_numbers(classes: tuple[str, ...]) -> dict[Decimal, int]:
    """Give the index of each class by its number; empty where two classes are the same number."""
    numbers = [_number(text) for text in classes]
    indices = {number: index for index, number in enumerate(numbers) if number is not None}
    return indices if len(indices) == len(numbers) - numbers.count(None) else {}


def _number(text: str) -> Decimal | None:
    """Give the number that a cell is, if it is one; false is 0 and true is 1."""
    if text.lower() in BOOLEANS:
        return Decimal(BOOLEANS[text.lower()])
    # Decimal, too, accepts underscores and the digits of every script.
    if "_" in text or not text.isascii():
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None

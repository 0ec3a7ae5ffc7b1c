"""The example of a new task: one made-up row."""

from collections import Counter
from collections.abc import Sequence
from statistics import median

from predictor.schema.column import Value
from training.scaffold.columns.bounds import magnitude
from training.scaffold.columns.column_kinds import FoundColumn


def choose_example(columns: Sequence[FoundColumn]) -> dict[str, Value]:
    """Give a row of typical values that is not a row of the data, where there is such a row."""
    rows = set(zip(*(column.values for column in columns), strict=True))
    row = [_typical(column) for column in columns]
    for index, column in enumerate(columns):
        if tuple(row) not in rows:
            break
        row = _vary(row, index, column, rows)
    return {column.column.name: value for column, value in zip(columns, row, strict=True)}


def _typical(column: FoundColumn) -> Value:
    """Give the most frequent value, or a rounded median."""
    if not column.column.is_numeric:
        return Counter(column.known).most_common(1)[0][0]
    middle = float(median(column.numbers))
    if column.column.kind == "integer":
        return int(middle)
    spread = max(column.numbers) - min(column.numbers)
    return round(middle, 2 - magnitude(spread))


def _vary(row: list[Value], index: int, column: FoundColumn, rows: set[tuple[Value, ...]]) -> list[Value]:
    """Replace one value so that the row is not among the others, if a known value does that."""
    for value in sorted(set(column.known), key=str):
        varied = [*row[:index], value, *row[index + 1 :]]
        if tuple(varied) not in rows:
            return varied
    return row

"""The kind of each column, inferred from its texts by the rules of `Column.parse`."""

import math
from dataclasses import dataclass

from predictor.schema.column import BOOLEANS, MISSING_TEXTS, Column, Kind, Value
from training.scaffold.columns.bounds import describe_range, widen
from training.scaffold.columns.number_texts import are_codes, describe_numbers, is_integer, is_number
from training.scaffold.columns.text_kinds import (
    IDENTIFIER,
    MIN_IDENTIFIERS,
    is_identifier_name,
    is_index_name,
    refuse_texts,
)
from training.scaffold.limits import MAX_NUMBER, MAX_WHOLE


@dataclass(frozen=True)
class FoundColumn:
    """A column that a task can use, with bounds, and its value in each row, which may be missing.

    `note` says what is unusual about its texts.
    """

    column: Column
    values: tuple[Value, ...]
    note: str = ""

    @property
    def known(self) -> list[Value]:
        """Give the values that are not missing."""
        return [value for value in self.values if value is not None]

    @property
    def numbers(self) -> list[float]:
        """Give the values of a column of numbers that are not missing."""
        return [float(value) for value in self.known if value is not None]

    @property
    def range(self) -> str:
        """Describe the range of the numbers."""
        return describe_range(min(self.numbers), max(self.numbers))


@dataclass(frozen=True)
class LeftOutColumn:
    """A column that a task cannot use, or should not, and the reason."""

    name: str
    reason: str

    @property
    def short_reason(self) -> str:
        """Give the reason without what to do."""
        return self.reason.partition(";")[0]


def infer_column(name: str, texts: list[str], lines: list[int]) -> FoundColumn | LeftOutColumn:
    """Infer the kind of a column from its text in each of the file's lines."""
    known = [text for text in texts if text not in MISSING_TEXTS]
    if not known:
        return LeftOutColumn(name, "no row has a value")
    if is_index_name(name):
        return LeftOutColumn(name, "a column without a name, probably row numbers")
    kind = _infer_kind(known)
    if kind == "category":
        reason = refuse_texts(known, len(texts))
    else:
        reason = _refuse_numbers(name, kind, [_parse(kind, text) for text in known], len(texts))
    if reason is None and _is_constant(kind, known, len(texts)):
        reason = "constant: every row has the same value"
    note = describe_numbers(texts, lines) if kind == "category" else ""
    if reason:
        return LeftOutColumn(name, "; ".join(filter(None, (reason, note))))
    return _found(name, kind, texts, note)


def _infer_kind(known: list[str]) -> Kind:
    if are_codes(known):
        return "category"
    if all(_is_flag(text) for text in known):
        return "flag"
    if not all(is_number(text) for text in known):
        return "category"
    return "integer" if all(is_integer(text) for text in known) else "number"


_NUMBER = Column(name="", kind="number")


def _is_flag(text: str) -> bool:
    return text.lower() in BOOLEANS or _NUMBER.parse(text) in {0.0, 1.0}


def _parse(kind: Kind, text: str) -> float:
    """Parse a text of this kind, which is not that of a category."""
    value = BOOLEANS.get(text.lower(), _NUMBER.parse(text)) if kind == "flag" else _NUMBER.parse(text)
    return float(value or 0)


def _refuse_numbers(name: str, kind: Kind, numbers: list[float], rows: int) -> str | None:
    if not all(math.isfinite(number) for number in numbers):
        return "a number is infinite or not defined; leave such cells empty"
    is_unique = len(set(numbers)) == rows >= MIN_IDENTIFIERS
    if kind == "integer" and is_unique and is_identifier_name(name):
        return IDENTIFIER
    largest = max(map(abs, numbers))
    if kind == "integer" and largest > MAX_WHOLE:
        return "whole numbers beyond 2**53, which are not exact; they are probably identifiers"
    return f"numbers beyond {MAX_NUMBER:g}; use another unit" if largest > MAX_NUMBER else None


def _is_constant(kind: Kind, known: list[str], rows: int) -> bool:
    """Say whether a column has one value; of a flag or category, a missing value is another."""
    values = set(known) if kind == "category" else {_parse(kind, text) for text in known}
    is_complete = len(known) == rows
    return len(values) == 1 and (is_complete or kind in {"number", "integer"})


def _found(name: str, kind: Kind, texts: list[str], note: str) -> FoundColumn:
    nullable = any(text in MISSING_TEXTS for text in texts)
    values = tuple(None if text in MISSING_TEXTS else _value(kind, text) for text in texts)
    known = [value for value in values if value is not None]
    if kind == "category":
        categories = tuple(sorted(map(str, set(known))))
        column = Column(name=name, kind=kind, categories=categories, nullable=nullable)
        return FoundColumn(column, values, note)
    if kind == "flag":
        return FoundColumn(Column(name=name, kind=kind, nullable=nullable), values)
    numbers = [float(value) for value in known]
    low, high = widen(min(numbers), max(numbers), whole=kind == "integer")
    return FoundColumn(Column(name=name, kind=kind, minimum=low, maximum=high, nullable=nullable), values)


def _value(kind: Kind, text: str) -> Value:
    if kind == "category":
        return text
    number = _parse(kind, text)
    return number if kind == "number" else int(number)

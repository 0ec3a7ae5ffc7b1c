"""Which texts are numbers, and what to say about a column of them that is none of numbers."""

import re
from collections.abc import Iterable, Sequence

from predictor.schema.column import MISSING_TEXTS, Column

# Postal codes and the like: as numbers they would lose their zeros.
ZEROS_IN_FRONT = re.compile(r"[+-]?0\d+")
# The share of numbers from which it is worth saying that the other texts are none.
MANY = 0.5
MAX_TEXT_LENGTH = 20

_NUMBER = Column(name="", kind="number")
_INTEGER = Column(name="", kind="integer")


def is_number(text: str) -> bool:
    """Say whether a text is a number for `Column.parse`."""
    return isinstance(_NUMBER.parse(text), float)


def is_integer(text: str) -> bool:
    """Say whether a text is a whole number for `Column.parse`."""
    value = _INTEGER.parse(text)
    return isinstance(value, int) or (isinstance(value, float) and value.is_integer())


def are_codes(texts: Iterable[str]) -> bool:
    """Say whether some of the texts are digits with zeros in front."""
    return any(ZEROS_IN_FRONT.fullmatch(text) for text in texts)


def describe_numbers(texts: Sequence[str], lines: Sequence[int]) -> str:
    """Say why a column with numbers is none of numbers; empty where it has few of them."""
    known = [(line, text) for line, text in zip(lines, texts, strict=True) if text not in MISSING_TEXTS]
    if are_codes(texts):
        line, text = next((line, text) for line, text in known if are_codes([text]))
        return f"zeros in front, as in line {line} ({text[:MAX_TEXT_LENGTH]!r}), make it a category"
    others = [(line, text) for line, text in known if not is_number(text)]
    if len(known) - len(others) < MANY * len(known):
        return ""
    line, text = others[0]
    return (
        f"{len(known) - len(others)} of {len(known)} cells are numbers; "
        f"first that is not: line {line} ({text[:MAX_TEXT_LENGTH]!r})"
    )

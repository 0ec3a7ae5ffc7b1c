"""Refuses JSON in which an object repeats a key: parsers would silently use the last of its values.

A second parse that collects the keys would cost more than the first parse. Instead, the parsed content
determines how many quotation marks the body needs; only a body with another number of them is searched.
"""

import json
from collections import Counter
from collections.abc import Sequence
from operator import attrgetter
from typing import Any

from app.http.errors import InvalidRequest
from predictor.schema.features import Features

Path = tuple[str | int, ...]

# A body may have this many quotation marks more than its rows need, which is enough for a hundred unknown
# keys. Reporting a key takes seven microseconds, so a megabyte of keys would block other requests.
SPARE_QUOTES = 200

# Searching bytes for an integer is faster than for a bytes object.
BACKSLASH = ord("\\")


class QuoteCount:
    """Counts the quotation marks that the JSON of rows of one task needs.

    A row is one flat object of `Features`: known keys, numbers, null, and texts. It needs two quotation
    marks for each key in `model_fields_set`, and two for each text.
    """

    def __init__(self, features: type[Features]) -> None:
        columns = features.columns()
        texts = [column for column in columns if column.kind == "category"]
        # These columns may be left out, or be null.
        self._optional = [
            column.attribute
            for column in texts
            if column.nullable or not features.model_fields[column.attribute].is_required()
        ]
        self._required = len(texts) - len(self._optional)
        in_texts = [
            max(text.count('"') for text in column.categories) for column in columns if column.categories
        ]
        in_names = sum(column.name.count('"') for column in columns)
        self._max_of_row = sum(in_texts) + in_names + 2 * (len(columns) + len(in_texts))

    def maximum(self, rows: int = 1) -> int:
        """Give the maximum for a body with `rows` rows; a body with more is refused without parsing."""
        return rows * self._max_of_row + SPARE_QUOTES

    def of_row(self, row: Features) -> int:
        """Count the quotation marks of one row."""
        names, values = row.model_fields_set, row.__dict__
        texts = [name for name in self._optional if name in names and values[name] is not None]
        return 2 * (len(names) + self._required + len(texts))

    def of_batch(self, rows: Sequence[Features]) -> int:
        """Count the quotation marks of `{"instances": rows}`."""
        if self._optional:
            return 2 + sum(map(self.of_row, rows))
        # The property `model_fields_set` would take longer than everything else in this method.
        names = sum(map(len, map(attrgetter("__pydantic_fields_set__"), rows)))
        return 2 + 2 * (names + self._required * len(rows))


def refuse_duplicate_keys(body: bytes, quotes: int) -> None:
    r"""Refuse the JSON `body` if an object in it gives a key twice; InvalidRequest names its path.

    `body` must have passed pydantic's parser and a model that forbids unknown keys. `quotes` is the number
    of quotation marks that the parsed content needs when every key is given once.

    The count is exact. Without a backslash no string contains a quotation mark, so each string has two,
    and nothing else has any. The body contains every key and text that was parsed: together they have
    `quotes`. A repeated key adds at least two. So the numbers are equal exactly where no key is repeated.
    A body with a backslash is always searched: `"\u0061ge"` is `"age"`.
    """
    if BACKSLASH not in body and body.count(b'"') == quotes:
        return
    path = find_duplicate_key(body)
    if path is not None:
        raise InvalidRequest.at(("body", *path), "The name is given more than once", "repeated")


def find_duplicate_key(body: bytes) -> Path | None:
    """Give the path of a repeated key in JSON that pydantic's parser accepted, the outermost first, or None.

    That parser accepts at most 200 levels, so the recursion here is safe. Numbers stay texts, because the
    value of a repeated key was never validated and may have too many digits to convert.
    """
    content = json.loads(body, object_pairs_hook=Pairs, parse_int=str, parse_float=str)
    return next(_duplicate_keys(content, ()), None)


class Pairs(list[tuple[str, Any]]):
    """A JSON object as its pairs of key and value, with repeated keys."""


def _duplicate_keys(value: Any, path: Path) -> Any:
    if not isinstance(value, list):
        return
    if isinstance(value, Pairs):
        counts = Counter(name for name, _ in value)
        yield from ((*path, name) for name, count in counts.items() if count > 1)
    children = value if isinstance(value, Pairs) else enumerate(value)
    for name, child in children:
        yield from _duplicate_keys(child, (*path, name))

"""Refusing JSON that gives a name twice, of which every parser here would silently take the last.

Parsing a second time, with an eye on the names, would cost more than the first. So whoever has parsed
a body says how many quotation marks it must have had, and only where that is not so, or cannot be
said, is it looked at again.
"""

import json
from collections import Counter
from collections.abc import Sequence
from operator import attrgetter
from typing import Any

from app.http.errors import InvalidRequest
from predictor.schema.features import Features

Path = tuple[str | int, ...]

# So many quotation marks more than a row needs are let through to the parser: enough for a hundred names
# that nobody asked for to be told of, and not for a megabyte of them, at seven microseconds each.
SPARE_QUOTES = 200

# A byte is found faster by its number.
BACKSLASH = ord("\\")


class QuoteCount:
    """Counts the quotation marks in the JSON of rows of one task, as a model read them.

    A row is one flat object, and `Features` lets nothing into it but its own names, numbers, null,
    and texts without a quotation mark. So it has two for each name that was given, which
    `model_fields_set` knows, and two for each text.
    """

    def __init__(self, features: type[Features]) -> None:
        texts = {column.name for column in features.columns() if column.kind == "category"}
        self._optional = {name for name in texts if not features.model_fields[name].is_required()}
        self._required = len(texts - self._optional)
        columns = features.columns()
        inside = [
            max(text.count('"') for text in column.categories) for column in columns if column.categories
        ]
        self._most_of_row = sum(inside) + 2 * (len(columns) + len(inside))

    def most(self, rows: int = 1) -> int:
        """Give how many the JSON of so many rows may have and still be worth parsing."""
        return rows * self._most_of_row + SPARE_QUOTES

    def of_row(self, row: Features) -> int:
        """Count those of one row."""
        given = row.model_fields_set
        count = len(given) + self._required
        if self._optional:
            count += len(self._optional & given)
        return 2 * count

    def of_batch(self, rows: Sequence[Features]) -> int:
        """Count those of `{"instances": rows}`."""
        if self._optional:
            return 2 + sum(map(self.of_row, rows))
        # The property `model_fields_set` would cost more than all the rest.
        names = sum(map(len, map(attrgetter("__pydantic_fields_set__"), rows)))
        return 2 + 2 * (names + self._required * len(rows))


def refuse_duplicate_keys(body: bytes, quotes: int) -> None:
    r"""Refuse the JSON `body` if an object in it gives a name twice; InvalidRequest says which, and where.

    `body` must have passed pydantic's own parser and a model without unknown names, and `quotes` is
    the number of quotation marks that what came out of it needs when every name is given once.

    Counting is exact. Without a backslash no string has a quotation mark inside it, so there are two
    for each string, and nothing else has any. Every name and text that came out of the body stands in
    it: at least `quotes` of them. A name that is given again stands there once more, with whatever
    value it had, which is at least two more. So the numbers are equal just where no name is repeated.
    With a backslash the body is looked at again: `"\u0061ge"` is `"age"`.
    """
    if BACKSLASH not in body and body.count(b'"') == quotes:
        return
    path = find_duplicate_key(body)
    if path is not None:
        raise InvalidRequest.at(("body", *path), "The name is given more than once", "repeated")


def find_duplicate_key(body: bytes) -> Path | None:
    """Say where JSON that pydantic's parser took gives a name twice: the outermost first, None if nowhere.

    That parser goes no more than 200 levels deep, so this one, and the search in what it gives, are
    safe. Numbers are not made, since those of a value that is replaced by another were never checked.
    """
    content = json.loads(body, object_pairs_hook=Pairs, parse_int=str, parse_float=str)
    return next(_duplicate_keys(content, ()), None)


class Pairs(list[tuple[str, Any]]):
    """An object as it was written."""


def _duplicate_keys(value: Any, path: Path) -> Any:
    if not isinstance(value, list):
        return
    if isinstance(value, Pairs):
        counts = Counter(name for name, _ in value)
        yield from ((*path, name) for name, count in counts.items() if count > 1)
    inner = value if isinstance(value, Pairs) else enumerate(value)
    for name, part in inner:
        yield from _duplicate_keys(part, (*path, name))

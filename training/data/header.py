"""The columns of a data file, compared with those that a task needs."""

import re
import unicodedata
from collections.abc import Sequence
from difflib import get_close_matches

from training.data.csv_file import CsvFile
from training.errors import UsageError

SIMILARITY = 0.8
MAX_LISTED = 30
# The name that pandas gives to a column without one.
UNNAMED = re.compile(r"(Unnamed: \d+)?\s*")


def check_header(file: CsvFile, required: Sequence[str], identifier: str | None) -> tuple[str, ...]:
    """Give one line that lists the ignored columns, or none.

    UsageError names a required column that is missing or duplicate, and the column that may be meant.
    """
    known = [*required, identifier] if identifier else list(required)
    # Missing columns come first: in a file without a header line the "unknown columns" are a row's values,
    # and no message may repeat those.
    for name in required:
        if name not in file.header:
            raise _error(file, f"column {name!r} is missing{_find_reason(name, file.header, known)}")
    ignored = [name for name in file.header if name not in known]
    if identifier and identifier not in file.header and (similar := find_spelling(identifier, ignored)):
        raise _error(file, f"is column {similar!r} the identifier {identifier!r}? Rename or remove it")
    for name in known:
        if similar := find_spelling(name, ignored):
            raise _error(file, f"is column {similar!r} meant, or {name!r}? Rename or remove one of them")
    for name in known:
        if (count := file.header.count(name)) > 1:
            raise _error(file, f"column {name!r} appears {count} times; keep one")
    index = " (probably the index that pandas writes; index=False leaves it out)"
    hint = index if UNNAMED.fullmatch(file.header[0]) else ""
    return (f"{file.path}: ignored {_describe(ignored)}{hint}.",) if ignored else ()


def _error(file: CsvFile, reason: str) -> UsageError:
    return UsageError(f"{file.path}, line {file.header_line}: {reason}.")


def _find_reason(name: str, header: Sequence[str], known: Sequence[str]) -> str:
    """Say what to do about a missing column."""
    others = [other for other in header if other not in known]
    present = sum(find_spelling(other, header) is not None for other in known)
    similar = find_spelling(name, others)
    # A header line has most of the names. Other lines have values, of which none is close to be repeated.
    if similar is None and 2 * present >= len(known):
        close = get_close_matches(_fold(name), map(_fold, others), n=1, cutoff=SIMILARITY)
        similar = find_spelling(close[0], others) if close else None
    if similar is not None:
        return f"; is {similar!r} meant? Rename it, or add the column"
    if present == 0:
        return (
            ", and so are all others; the first line must name the columns, with commas, semicolons, tabs or "
            "vertical bars between them"
        )
    return "; add it"


def find_spelling(name: str, header: Sequence[str]) -> str | None:
    """Find a name that differs from this one at most in case, blanks and punctuation."""
    return next((other for other in header if _fold(other) == _fold(name)), None)


def _fold(name: str) -> str:
    folded = unicodedata.normalize("NFKC", name).casefold()
    return "".join(character for character in folded if character.isalnum()) or folded


def _describe(ignored: Sequence[str]) -> str:
    listed = [f"{name!r}" for name in ignored if name.strip()]
    texts = [f"column{'s' * (len(listed) > 1)} {', '.join(listed[:MAX_LISTED])}"] if listed else []
    if len(listed) > MAX_LISTED:
        texts[0] += f" and {len(listed) - MAX_LISTED} more"
    if len(listed) < len(ignored):
        texts.append("a column without a name")
    return " and ".join(texts)

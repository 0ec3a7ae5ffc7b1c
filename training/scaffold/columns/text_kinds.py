"""Columns of texts: identifiers, dates, free text and too many categories are not for a network."""

import re
from collections.abc import Iterable
from statistics import mean

from training.scaffold.columns.number_texts import are_codes, is_number
from training.scaffold.limits import MAX_CATEGORIES

# Fewer different values are not taken for identifiers.
MIN_IDENTIFIERS = 10
IDENTIFIER = "an identifier, different in each row; --id names the identifier"
MIXTURE = "numbers and other texts; write plain numbers, and leave missing ones empty"
# Texts that are longer on average are sentences.
FREE_TEXT_LENGTH = 30
# The share of numbers from which other texts in a column are probably mistakes.
MOSTLY = 0.9

IDENTIFIER_WORDS = {"id", "ids", "uuid", "guid", "key", "nr", "no", "number", "index", "code", "serial"}
WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
INDEX = re.compile(r"(unnamed: \d+)?", flags=re.IGNORECASE)

DATE_OR_TIME = re.compile(
    r"""
    (
        \d{4}[-/.]\d{1,2}([-/.]\d{1,2})?          # 2024-01-31, 2024-01
      | \d{1,2}[-/.]\d{1,2}[-/.](\d{4}|\d{2})     # 31.01.2024, 1/31/24
      | \d{1,2}[ -][a-z]{3,9}\.?[ -,]*\d{2,4}     # 31 Jan 2024
      | [a-z]{3,9}\.?[ -]\d{1,2},?[ -]\d{4}       # January 31, 2024
    )?
    [ t]*
    (\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?[ ]?([ap]m)?)?       # 13:45:00.5
    [ ]?(z|utc|gmt|[+-]\d{2}:?\d{2})?
    """,
    flags=re.IGNORECASE | re.VERBOSE,
)
DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")
NUMBER_WITH_SIGNS = re.compile(r"[^\w.,]{0,3}\d[\d.,' ]*\D{0,4}")


def is_index_name(name: str) -> bool:
    """Say whether a column has no name; pandas writes its row numbers into such a column."""
    return INDEX.fullmatch(name.strip()) is not None


def is_identifier_name(name: str) -> bool:
    """Say whether a name is like that of an identifier: `id`, `customer_id`, `OrderNo`."""
    return any(word.lower() in IDENTIFIER_WORDS for word in WORD.findall(name))


def refuse_texts(known: list[str], rows: int) -> str | None:
    """Give the reason why a column of texts cannot be used as categories; None where it can."""
    different = set(known)
    if all(DATE_OR_TIME.fullmatch(text) for text in different):
        return "dates or times; a number made of them, such as an age in days, can be used"
    if all(DECIMAL_COMMA.fullmatch(text) for text in different):
        return "numbers with decimal commas; write decimal points"
    if len(different) == rows >= MIN_IDENTIFIERS and not _is_free_text(known):
        is_mixture = not are_codes(known) and _share(map(is_number, known)) > MOSTLY
        return MIXTURE if is_mixture else IDENTIFIER
    if len(different) <= MAX_CATEGORIES:
        return None
    return _reason_of_many(known, len(different))


def _reason_of_many(known: list[str], different: int) -> str:
    has_numbers = _share(NUMBER_WITH_SIGNS.fullmatch(text) is not None for text in known) > MOSTLY
    if has_numbers and not are_codes(known):
        return MIXTURE
    if _is_free_text(known):
        return "free text"
    return f"{different} categories; a column has at most {MAX_CATEGORIES}"


def _is_free_text(known: list[str]) -> bool:
    return mean(map(len, known)) > FREE_TEXT_LENGTH and _share(" " in text for text in known) > MOSTLY


def _share(marks: Iterable[bool]) -> float:
    return mean(map(float, marks))

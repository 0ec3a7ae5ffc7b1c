"""Python code as the formatter writes it."""

import re
import unicodedata
from collections.abc import Iterable

LINE_LENGTH = 110
# Letters and signs that stay as they are. The linter calls one of these letters ambiguous, and other signs,
# such as the dash between numbers.
PLAIN = re.compile("[\x20-\x7e°±²³µ¼½¾£§©®«»„“”…€™‰≤≥≠≈√À-ÖØ-öø-ķĹ-ž]")
LOOK_ALIKE = "\u0131"
FIRST_OTHER_SCRIPT, FIRST_WIDE_FORM = "\u0370", "\uff00"
WIDE = {"W", "F"}
# Whole numbers below this are written without a decimal point.
MAX_WRITTEN_WHOLE = 1e16


def quote(text: str) -> str:
    """Give the literal of a text, in double quotes unless they would need more escapes."""
    body = repr(text)[1:-1].replace("\\'", "'")
    mark = "'" if body.count('"') > body.count("'") else '"'
    return mark + re.sub(".", _escape, body.replace(mark, f"\\{mark}")) + mark


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    is_letter = character.isalpha() and FIRST_OTHER_SCRIPT <= character < FIRST_WIDE_FORM
    if is_letter or (PLAIN.match(character) and character != LOOK_ALIKE):
        return character
    return character.encode("unicode_escape").decode()


def number_literal(number: float) -> str:
    """Give the literal of a number; a whole one has no decimal point."""
    is_whole = float(number).is_integer() and abs(number) < MAX_WRITTEN_WHOLE
    return repr(int(number)) if is_whole else repr(number)


def width(line: str) -> int:
    """Give the width of a line as the formatter measures it."""
    return sum(2 if unicodedata.east_asian_width(character) in WIDE else 1 for character in line)


def fits(line: str) -> bool:
    """Say whether a line is short enough."""
    return width(line) <= LINE_LENGTH


def long_line(line: str) -> str:
    """Let the linter accept a line with a text that is too long for it."""
    return line if fits(line) else f"{line}  # noqa: E501"


def write_bracket(start: str, parts: Iterable[str], end: str, indent: int) -> list[str]:
    """Write a bracket with its parts in one line if it fits, else with one part a line."""
    parts = list(parts)
    space = " " * indent
    line = f"{space}{start}{', '.join(parts)}{end}"
    if fits(line):
        return [line]
    return [f"{space}{start}", *(long_line(f"{space}    {part},") for part in parts), f"{space}{end}"]

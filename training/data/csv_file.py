"""A CSV file as column names and numbered lines of cells, whichever program wrote it.

It knows no task, so it also reads files whose columns are not known yet.
"""

import codecs
import csv
import io
import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from training.errors import UsageError

# Their order decides where a header line fits several of them equally well.
DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
# A UTF-32 mark starts with the bytes of a UTF-16 mark, so it comes first.
BYTE_ORDER_MARKS = {
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}
# Spreadsheets read the delimiter from such a first line, and some programs write it.
DELIMITER_LINE = re.compile(r'"?sep=(.)"?\1*[ \t]*(?:\r\n|\r|\n|\Z)', re.IGNORECASE)
SAMPLE_LINES = 20

Lines = list[tuple[int, list[str]]]


@dataclass(frozen=True)
class CsvFile:
    """The content of a file: the names of its columns, and the number and the cells of each data line.

    Lines without any value are left out, and so are columns with neither a name nor a value. `found` says
    what is unusual about the file, such as "semicolons between cells".
    """

    path: Path
    header_line: int
    header: tuple[str, ...]
    lines: Lines
    delimiter: str = ","
    found: tuple[str, ...] = ()

    def notes(self) -> tuple[str, ...]:
        """Give one line that says what is unusual about the file, or none."""
        return (f"{self.path}: found {', '.join(self.found)}.",) if self.found else ()


def read_csv(path: Path, known: Collection[str] = ()) -> CsvFile:
    """Read a file; `known` are names of columns that it probably has, by which the delimiter is found.

    UsageError says why a file cannot be read.
    """
    encoding, text = _read_text(path)
    named = DELIMITER_LINE.match(text)
    if named and named[1] not in DELIMITERS:
        raise UsageError(f"{path}, line 1: `sep=` must name a comma, a semicolon, a tab or a vertical bar.")
    skipped = 1 if named else 0
    delimiter = named[1] if named else _find_delimiter(text, known)
    lines = _read_lines(path, text, delimiter, skipped)
    if not lines:
        raise UsageError(f"{path} is empty; it needs a header line and data rows.")
    (header_line, header), *data_lines = lines
    header = [unicodedata.normalize("NFC", name) for name in header]
    header, data_lines = _drop_empty_columns(header, data_lines)
    found = [encoding] if encoding else []
    found += ["a first line `sep=`"] if named else []
    found += [f"{DELIMITERS[delimiter]} between cells"] if delimiter != "," else []
    return CsvFile(path, header_line, tuple(header), data_lines, delimiter, tuple(found))


def _read_text(path: Path) -> tuple[str, str]:
    """Give the encoding that a byte order mark names, which is empty for UTF-8, and the text."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from None
    encoding = next((name for mark, name in BYTE_ORDER_MARKS.items() if content.startswith(mark)), "")
    text = _decode(content, encoding)
    # Without a byte order mark, every other byte of UTF-16 is zero.
    if text is None or "\0" in text:
        raise UsageError(f"{path} is not a UTF-8 text file; save it as CSV in UTF-8.")
    return encoding, text


def _decode(content: bytes, encoding: str) -> str | None:
    try:
        # utf-8-sig skips a byte order mark.
        return content.decode(encoding or "utf-8-sig")
    except UnicodeDecodeError:
        return None


def _find_delimiter(text: str, known: Collection[str]) -> str:
    """Give the delimiter that finds most known names, then the one that divides the first lines best."""
    sample = list(islice(io.StringIO(text, newline=""), SAMPLE_LINES))

    def score(delimiter: str) -> tuple[int, bool, int]:
        rows = _read_sample(sample, delimiter)
        header = rows[0] if rows else []
        is_even = len(header) > 1 and all(len(cells) == len(header) for cells in rows)
        return len({name.strip() for name in header} & set(known)), is_even, len(header)

    return max(DELIMITERS, key=score)


def _read_sample(sample: list[str], delimiter: str) -> list[list[str]]:
    try:
        return [cells for cells in csv.reader(sample, delimiter=delimiter) if any(map(str.strip, cells))]
    except csv.Error:
        return []


def _read_lines(path: Path, text: str, delimiter: str, skipped: int) -> Lines:
    """Give the number and the cells of each line with a value, without the first lines."""
    # With newline="" csv accepts every kind of line end.
    stream = io.StringIO(text, newline="")
    for _ in range(skipped):
        next(stream)
    reader = csv.reader(stream, delimiter=delimiter, strict=True)
    try:
        return [(reader.line_num + skipped, cells) for cells in reader if any(map(str.strip, cells))]
    except csv.Error as error:
        line = reader.line_num + skipped
        raise UsageError(f"{path}, line {line}: not a line of a CSV file ({error}).") from None


def _drop_empty_columns(header: list[str], lines: Lines) -> tuple[list[str], Lines]:
    """Leave out columns with neither a name nor a value, also where the header line has no cell for them."""
    width = max([len(header), *(len(cells) for _, cells in lines)])
    unnamed = [index for index in range(width) if not "".join(header[index : index + 1]).strip()]
    dropped = {index for index in unnamed if not any(_has_value(cells, index) for _, cells in lines)}
    if not dropped:
        return header, lines
    return _without(header, dropped), [(number, _without(cells, dropped)) for number, cells in lines]


def _has_value(cells: Sequence[str], index: int) -> bool:
    return index < len(cells) and bool(cells[index].strip())


def _without(cells: Sequence[str], dropped: Collection[int]) -> list[str]:
    return [cell for index, cell in enumerate(cells) if index not in dropped]

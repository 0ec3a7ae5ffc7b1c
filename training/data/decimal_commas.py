"""Numbers that are written with a decimal comma, as spreadsheets do in many languages."""

import re
from collections.abc import Collection
from dataclasses import replace

from training.data.csv_file import CsvFile

COMMA_NUMBER = re.compile(r"[-+]?\d+,\d+(?:[eE][-+]?\d+)?", re.ASCII)
POINT_NUMBER = re.compile(r"[-+]?\d+\.\d+(?:[eE][-+]?\d+)?", re.ASCII)
# The comma of 1,234 may also stand between thousands.
MAYBE_THOUSANDS = re.compile(r"[-+]?[1-9]\d{0,2},\d{3}", re.ASCII)


def replace_decimal_commas(file: CsvFile, names: Collection[str]) -> CsvFile:
    """Write the numbers in these columns with points, where their commas can only be decimal commas.

    The commas are left where commas also separate cells, where other numbers have points, and where every
    comma may stand between thousands.
    """
    if file.delimiter == ",":
        return file
    indices = [index for index, name in enumerate(file.header) if name in names]
    cells = {row[index].strip() for _, row in file.lines for index in indices if index < len(row)}
    with_commas = {cell for cell in cells if COMMA_NUMBER.fullmatch(cell)}
    is_ambiguous = all(MAYBE_THOUSANDS.fullmatch(cell) for cell in with_commas)
    if is_ambiguous or any(POINT_NUMBER.fullmatch(cell) for cell in cells):
        return file
    lines = [(number, _replace(row, indices)) for number, row in file.lines]
    return replace(file, lines=lines, found=(*file.found, "decimal commas"))


def _replace(row: list[str], indices: Collection[int]) -> list[str]:
    return [
        cell.replace(",", ".") if index in indices and COMMA_NUMBER.fullmatch(cell.strip()) else cell
        for index, cell in enumerate(row)
    ]

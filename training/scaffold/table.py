"""A data file as columns of texts, before there is a task."""

from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from training.data.csv_file import CsvFile, read_csv
from training.data.decimal_commas import replace_decimal_commas
from training.data.rows import read_records
from training.errors import UsageError
from training.scaffold.limits import MAX_COLUMNS


@dataclass(frozen=True)
class Table:
    """The columns of a data file by name, each with one stripped text for each row, and the rows' lines.

    `notes` say what is unusual about the file.
    """

    path: Path
    columns: dict[str, list[str]]
    lines: list[int]
    notes: tuple[str, ...] = ()

    def column(self, flag: str, name: str) -> list[str]:
        """Give the texts of a column; UsageError where the file does not have it."""
        if name not in self.columns:
            close = get_close_matches(name, self.columns, n=1)
            hint = f"did you mean {close[0]!r}?" if close else "name a column of its header line."
            raise UsageError(f"{flag}: {self.path} has no column {name!r}; {hint}")
        return self.columns[name]


def read_table(path: Path) -> Table:
    """Read a CSV file with a header line as training reads it; UsageError names the first mistake."""
    file = read_csv(path)
    _check_header(file)
    if not file.lines:
        raise UsageError(f"{path} has a header line, but no data rows.")
    # Every column may hold numbers: which ones do is found by their texts.
    file = replace_decimal_commas(file, file.header)
    records = read_records(file)
    columns = {name: [record.cells[name].strip() for record in records] for name in file.header}
    return Table(path, columns, [line for line, _ in file.lines], file.notes())


def _check_header(file: CsvFile) -> None:
    if len(file.header) > MAX_COLUMNS:
        raise UsageError(
            f"{file.path} has {len(file.header)} columns, and a task has at most {MAX_COLUMNS}; choose some."
        )
    for name in file.header:
        count = file.header.count(name)
        if count > 1:
            raise UsageError(
                f"{file.path}, line {file.header_line}: column {name!r} appears {count} times; keep one."
            )

"""A data file as columns of texts, before there is a task."""

from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from training.data.dataset import _read_lines
from training.errors import UsageError
from training.scaffold.limits import MAX_COLUMNS


@dataclass(frozen=True)
class Table:
    """The columns of a data file by name, each with one stripped text for each row, and the rows' lines."""

    path: Path
    columns: dict[str, list[str]]
    lines: list[int]

    def column(self, flag: str, name: str) -> list[str]:
        """Give the texts of a column; UsageError where the file does not have it."""
        if name not in self.columns:
            close = get_close_matches(name, self.columns, n=1)
            hint = f"did you mean {close[0]!r}?" if close else "name a column of its header line."
            raise UsageError(f"{flag}: {self.path} has no column {name!r}; {hint}")
        return self.columns[name]


def read_table(path: Path) -> Table:
    """Read a CSV file with a header line as training reads it; UsageError names the first mistake."""
    lines = _read_lines(path)
    if len(lines) <= 1:
        raise UsageError(f"{path} has no data rows; it needs a header line and data rows.")
    (_, header), *rows = lines
    _check_header(path, header)
    for line, cells in rows:
        if len(cells) != len(header):
            raise UsageError(
                f"{path}, line {line}: {len(cells)} cells where the header line has {len(header)}."
            )
    columns = {name: [cells[index].strip() for _, cells in rows] for index, name in enumerate(header)}
    return Table(path, columns, [line for line, _ in rows])


def _check_header(path: Path, header: list[str]) -> None:
    if len(header) > MAX_COLUMNS:
        raise UsageError(
            f"{path} has {len(header)} columns, and a task has at most {MAX_COLUMNS}; choose some of them."
        )
    for name in header:
        if header.count(name) > 1:
            raise UsageError(f"{path}, line 1: column {name!r} appears {header.count(name)} times; keep one.")

"""Markdown tables, for the model card and the pages that training writes."""

import re
from collections.abc import Iterable, Sequence

Cell = str | int | float | None

# These would end a cell or format its text.
SPECIAL = re.compile(r"[|\\`*<]")


class Markdown(str):
    """A cell that is Markdown already; any other text is written as it is."""

    __slots__ = ()


def table(headings: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """Give a Markdown table; numbers have at most four decimals."""
    lines = [headings, ["---"] * len(headings), *([format_cell(cell) for cell in row] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def format_cell(cell: Cell) -> str:
    """Give the text of one cell."""
    if cell is None:
        return ""
    if isinstance(cell, float):
        # Adding 0 turns -0.0 into 0.0.
        return f"{round(cell, 4) + 0:.4f}".rstrip("0").rstrip(".")
    if isinstance(cell, Markdown):
        return cell.replace("|", "\\|")
    return SPECIAL.sub(r"\\\g<0>", " ".join(str(cell).split()))

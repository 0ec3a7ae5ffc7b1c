"""Tables: Markdown that is as readable on a terminal as on a page."""

from collections.abc import Sequence

from benchmarks.measurement.rounds import Spread

SMALL = 10
LARGE = 100


def number(value: float) -> str:
    """Write a number with as many digits as a noisy measurement deserves."""
    if value >= LARGE:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= SMALL else f"{value:.2f}"


def spread(found: Spread) -> list[str]:
    """Give the cells of a spread: minimum, median, maximum."""
    return [number(found.least), number(found.median), number(found.greatest)]


def spread_heads(what: str) -> list[str]:
    """Give the heads of a spread's three columns."""
    return [f"{what}: min", "median", "max"]


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Lay out a Markdown table: the first column to the left, the others to the right."""
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    return "\n".join(_line(row, widths) for row in [head, rule, *rows])


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = zip(cells, widths, strict=True)
    padded = [first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)]
    return f"| {' | '.join(padded)} |"

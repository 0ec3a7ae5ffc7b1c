"""Markdown tables that are aligned, so that they are also readable on a terminal."""

from collections.abc import Sequence

from benchmarks.measurement.rounds import Spread

SMALL = 10
LARGE = 100


def number(value: float) -> str:
    """Format a number with two decimals below 10, one below 100, and none above."""
    if value >= LARGE:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= SMALL else f"{value:.2f}"


def spread(values: Spread) -> list[str]:
    """Return the cells of a spread: minimum, median, maximum."""
    return [number(values.minimum), number(values.median), number(values.maximum)]


def spread_headers(quantity: str) -> list[str]:
    """Return the headers of the three columns of a spread."""
    return [f"{quantity}: min", "median", "max"]


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Format a Markdown table; the first column is aligned left, the others right."""
    widths = [max(len(row[column]) for row in [header, *rows]) for column in range(len(header))]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    return "\n".join(_line(row, widths) for row in [header, rule, *rows])


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = zip(cells, widths, strict=True)
    padded = [first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)]
    return f"| {' | '.join(padded)} |"

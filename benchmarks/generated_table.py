"""A made-up table with columns of every kind that a new task can have, and of those that it cannot."""

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

TARGET, POSITIVE, IDENTIFIER = "left", "yes", "customer id"
ROWS = 5_000
MISSING_SHARE = 0.1
# The first columns of each kind say something about the target.
PREDICTIVE = (0, 1)
SEED = 1

Texts = list[str]
Generator = np.random.Generator


def write_generated_table(path: Path, rows: int = ROWS) -> Path:
    """Write 40 columns and the target as CSV; the same rows on every call."""
    columns = _draw_columns(np.random.default_rng(SEED), rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))
    return path


def _draw_columns(random: Generator, rows: int) -> dict[str, Texts]:
    """Draw each column; the target depends on the first numbers, flags and categories."""
    hidden = random.normal(size=rows)
    columns = {IDENTIFIER: [f"C{number:06}" for number in range(rows)]}
    for index in range(10):
        noise = random.normal(size=rows)
        columns[f"amount {index}"] = [
            f"{value:.2f}" for value in 50 + 10 * (noise + hidden * (index in PREDICTIVE))
        ]
    for index in range(8):
        counts = random.poisson(np.exp(1 + 0.3 * hidden * (index in PREDICTIVE)))
        columns[f"count_{index}"] = [str(value) for value in counts]
    for index, (no, yes) in enumerate([("0", "1"), ("0.0", "1.0"), ("False", "True"), ("false", "true")] * 2):
        flags = random.random(rows) < 1 / (1 + np.exp(1 - hidden * (index in PREDICTIVE)))
        columns[f"{index}. flag"] = [yes if flag else no for flag in flags]
    for index, levels in enumerate((2, 3, 4, 5, 10, 20, 50)):
        codes = (random.integers(levels, size=rows) + (hidden > 0) * (index in PREDICTIVE)) % levels
        columns[f"Größe_{index}"] = [f"level {code}" for code in codes]
    for name in ("amount 0", "amount 5", "count_0", "count_5", "0. flag", "4. flag", "Größe_1", "Größe_4"):
        columns[name] = _with_gaps(random, columns[name])
    columns |= _draw_unusable(random, rows)
    is_positive = random.random(rows) < 1 / (1 + np.exp(1.5 - 2 * hidden))
    return columns | {TARGET: [POSITIVE if positive else "no" for positive in is_positive]}


def _draw_unusable(random: Generator, rows: int) -> dict[str, Texts]:
    """Draw columns that a task leaves out."""
    days: NDArray[np.int64] = random.integers(1, 29, size=rows)
    choose: dict[str, Callable[[int], str]] = {
        "joined on": lambda row: f"2024-05-{days[row]:02}",
        "remark": lambda row: f"A sentence about the customer of row {row}, which is not short",
        "postcode": lambda row: f"P{days[row] * 31 + row % 31}",
        "country": lambda _: "NL",
        "closed on": lambda _: "",
        "token": lambda row: str(2**60 + row % 99),
    }
    return {name: [choose_text(row) for row in range(rows)] for name, choose_text in choose.items()}


def _with_gaps(random: Generator, texts: Texts) -> Texts:
    gaps = random.random(len(texts)) < MISSING_SHARE
    return ["" if gap else text for text, gap in zip(texts, gaps, strict=True)]

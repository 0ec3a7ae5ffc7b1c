"""Tables that no task file of this repository is for, written as CSV."""

import csv
import random
from collections.abc import Callable, Iterable
from pathlib import Path

from sklearn import datasets
from sklearn.utils import Bunch

from benchmarks.generated_table import write_generated_table

ROWS = 300


def write_wine(path: Path) -> None:
    _write_bunch(path, datasets.load_wine(as_frame=True), "cultivar")


def write_cancer(path: Path) -> None:
    bunch = datasets.load_breast_cancer(as_frame=True)
    _write_bunch(path, bunch, "diagnosis", lambda code: str(bunch.target_names[int(code)]))


def write_digits(path: Path) -> None:
    """Write the first columns, of which some are constant."""
    _write_bunch(path, datasets.load_digits(as_frame=True), "digit", columns=20)


def write_diabetes(path: Path) -> None:
    bunch = datasets.load_diabetes(as_frame=True)
    middle = bunch.target.median()
    _write_bunch(path, bunch, "progression", lambda value: "high" if value > middle else "low")


def write_mixed(path: Path) -> None:
    """Write made-up rows with gaps in a column of each kind, and names that are no names in Python."""
    generator = random.Random(1)
    header = ("mean radius", "Größe", "1st_floor", "class", "model_x", "a b", "a_b", "since", "is paid?")
    rows = [_mixed_row(generator) for _ in range(ROWS)]
    _write(path, header, rows)


def write_generated(path: Path) -> None:
    write_generated_table(path)


def _mixed_row(generator: random.Random) -> list[object]:
    is_paid = generator.random() < 0.3
    texts = [
        round(generator.gauss(14 + 4 * is_paid, 3), 2),
        generator.choice(["klein", "groß", "N/A"]),
        generator.choice([0, 1, 2, 3, ""]),
        generator.choice(["first", "second"]),
        generator.choice(["", round(generator.random(), 3)]),
        generator.choice(["True", "False", ""]),
        generator.choice(["0.0", "1.0"]),
        f"2024-05-{generator.randint(1, 28):02}",
    ]
    return [*texts, is_paid]


def _write_bunch(
    path: Path,
    bunch: Bunch,
    target: str,
    name_class: Callable[[float], str] = "{:.0f}".format,
    columns: int | None = None,
) -> None:
    frame = bunch.data.iloc[:, :columns]
    classes = map(name_class, bunch.target)
    rows = ([*row, label] for row, label in zip(frame.to_numpy().tolist(), classes, strict=True))
    _write(path, [*frame.columns, target], rows)


def _write(path: Path, header: Iterable[str], rows: Iterable[list[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([list(header), *rows])

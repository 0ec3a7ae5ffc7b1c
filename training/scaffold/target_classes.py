"""The classes of a new task, from the texts of its target column."""

from collections import Counter
from dataclasses import dataclass

from predictor.schema.task import TaskKind
from training.errors import UsageError
from training.scaffold.columns.column_kinds import is_number
from training.scaffold.limits import MAX_CLASSES, MIN_ROWS_OF_A_CLASS
from training.scaffold.table import Table

# Texts that name the class to find.
POSITIVE = {"1", "yes", "y", "true", "t", "positive", "pos"}
# What counts as missing here; `None` or `NA` may be the name of a class.
MISSING = {"", "nan", "NaN", "<NA>", "N/A", "null", "NULL"}


@dataclass(frozen=True)
class Target:
    """The target column and its classes in their order, with the rows of each; `choice` says why."""

    name: str
    rows: dict[str, int]
    choice: str = ""

    @property
    def classes(self) -> tuple[str, ...]:
        """Give the classes in the order of the model's outputs."""
        return tuple(self.rows)

    @property
    def kind(self) -> TaskKind:
        """Give the kind of the task."""
        return "binary" if len(self.rows) == 2 else "multiclass"  # noqa: PLR2004 (binary means two)


def find_target(table: Table, name: str, positive: str | None) -> Target:
    """Find the classes; UsageError where the column has none to predict or `positive` is not one of two."""
    texts = _without_decimals(table.column("--target", name))
    where = f"{table.path}, column {name!r}"
    missing = [line for line, text in zip(table.lines, texts, strict=True) if text in MISSING]
    if missing:
        raise UsageError(
            f"{where}: {len(missing)} rows have no class, first in line {missing[0]}; remove them."
        )
    rows = Counter(texts)
    _check_classes(where, rows)
    ordered = sorted(rows, key=_order)
    if len(ordered) > 2:  # noqa: PLR2004 (binary means two)
        if positive is not None:
            raise UsageError(f"--positive: {where} has {len(ordered)} classes; it is for two.")
        return Target(name, {text: rows[text] for text in ordered})
    second, choice = _choose_positive(where, ordered, rows, positive)
    return Target(name, {text: rows[text] for text in sorted(ordered, key=second.__eq__)}, choice)


def _without_decimals(texts: list[str]) -> list[str]:
    """Write whole numbers without decimals where all texts are whole numbers."""
    if all(is_number(text) and float(text).is_integer() for text in texts):
        return [str(int(float(text))) if "." in text else text for text in texts]
    return texts


def _check_classes(where: str, rows: Counter[str]) -> None:
    if all(map(is_number, rows)) and not all(float(text).is_integer() for text in rows):
        raise UsageError(
            f"{where} holds numbers with decimals; a model predicts classes: make classes of it."
        )
    if len(rows) > MAX_CLASSES:
        raise UsageError(
            f"{where} has {len(rows)} different texts; a task has at most {MAX_CLASSES} classes."
        )
    if len(rows) == 1:
        raise UsageError(f"{where} has the same class in every row; there is nothing to predict.")
    rarest, count = min(rows.items(), key=lambda item: item[1])
    if count < MIN_ROWS_OF_A_CLASS:
        raise UsageError(
            f"{where}: the class {rarest!r} has {count} rows, and training needs {MIN_ROWS_OF_A_CLASS}; "
            "add rows, or join classes."
        )


def _order(text: str) -> tuple[bool, float, str]:
    return (False, float(text), text) if is_number(text) else (True, 0.0, text)


def _choose_positive(
    where: str, classes: list[str], rows: Counter[str], positive: str | None
) -> tuple[str, str]:
    """Give the class whose probability the model gives, and why it is that one."""
    if positive is not None:
        matches = [text for text in classes if positive.strip().casefold() == text.casefold()]
        if positive.strip() in classes:
            matches = [positive.strip()]
        if len(matches) != 1:
            raise UsageError(
                f"--positive: {where} has the classes {' and '.join(classes)}; name one of them."
            )
        return matches[0], "--positive"
    named = [text for text in classes if text.casefold() in POSITIVE]
    if len(named) == 1:
        return named[0], "by its name"
    return min(reversed(classes), key=rows.__getitem__), "the rarer one"

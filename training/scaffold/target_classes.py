"""The classes of a new task, from the texts of its target column."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from predictor.schema.task import TaskKind
from training.errors import UsageError
from training.scaffold.columns.number_texts import is_number
from training.scaffold.limits import MAX_CLASSES, MIN_ROWS_OF_A_CLASS
from training.scaffold.table import Table

# Texts that name the class to find; 1 does so beside 0 or -1 alone, for 1 and 2 are mere codes.
POSITIVE = {"1", "yes", "y", "true", "t", "positive", "pos"}
BESIDE_ONE = {"0", "-1"}
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
        rows_have = "row has" if len(missing) == 1 else "rows have"
        raise UsageError(
            f"{where}: {len(missing)} {rows_have} no class, first in line {missing[0]}; remove such rows."
        )
    rows = Counter(texts)
    _check_classes(where, rows)
    ordered = sorted(rows, key=_order)
    if len(ordered) > 2:  # noqa: PLR2004 (binary means two)
        if positive is not None:
            raise UsageError(f"--positive: {where} has {len(ordered)} classes; it is for two.")
        return Target(name, {text: rows[text] for text in ordered})
    second, choice = _choose_positive(where, ordered, rows, positive)
    return Target(
        name, {text: rows[text] for text in sorted(ordered, key=lambda text: text == second)}, choice
    )


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
            f"{where} has {len(rows)} different values; a task has at most {MAX_CLASSES} classes: join "
            "values to classes, such as ranges, or choose another target."
        )
    _check_spellings(where, rows)
    if len(rows) == 1:
        raise UsageError(f"{where} has the same class in every row; there is nothing to predict.")
    rarest, count = min(rows.items(), key=lambda item: item[1])
    if count < MIN_ROWS_OF_A_CLASS:
        raise UsageError(
            f"{where}: the class {rarest!r} has {count} row{'s' * (count > 1)}, and training needs "
            f"{MIN_ROWS_OF_A_CLASS}; add rows, or join classes."
        )


def _check_spellings(where: str, rows: Iterable[str]) -> None:
    """Refuse two classes that are probably one, written in two ways."""
    spellings: dict[str, str] = {}
    for text in rows:
        first = spellings.setdefault("".join(text.casefold().split()), text)
        if first != text:
            raise UsageError(
                f"{where}: the classes {first!r} and {text!r} differ only in case or blanks; "
                "write one of them in all rows, or rename one."
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
    if named == ["1"] and not BESIDE_ONE & set(classes):
        named = []
    if len(named) == 1:
        return named[0], "by its name"
    return min(reversed(classes), key=rows.__getitem__), "the rarer one"

"""The columns that a model uses, by kind: what a recipe says, without columns that never vary.

`check_values` and `drop_constant` look at the training rows before the preprocessing is fitted to them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from predictor.schema.column import Column, Value
from predictor.schema.features import Features
from training.errors import UsageError
from training.recipe import Recipe

# Numbers that differ by less, relative to their size, are the same number with different rounding errors.
ROUNDING = 1e-12


@dataclass(frozen=True)
class Inputs:
    """The columns of the network's inputs, in this order: categories, flags, numbers.

    `own_category` names the categories and flags whose missing values are a category of their own.
    """

    categories: tuple[Column, ...]
    flags: tuple[Column, ...]
    numbers: tuple[Column, ...]
    own_category: frozenset[str]

    @property
    def columns(self) -> tuple[Column, ...]:
        """Give all columns."""
        return self.categories + self.flags + self.numbers

    @property
    def names(self) -> tuple[str, ...]:
        """Give the names of all columns."""
        return tuple(column.name for column in self.columns)

    @property
    def imputed_categories(self) -> tuple[Column, ...]:
        """Give the categories in which the most frequent one replaces a missing value."""
        return tuple(
            column for column in self.categories if column.nullable and column.name not in self.own_category
        )

    @property
    def encoded_categories(self) -> tuple[Column, ...]:
        """Give the other categories, which need no imputation."""
        return tuple(column for column in self.categories if column not in self.imputed_categories)


def choose_inputs(recipe: Recipe, features: type[Features]) -> Inputs:
    """Give the recipe's columns by kind, by default all; ValueError names a column that does not exist."""
    by_name = {column.name: column for column in features.columns()}
    for name in (*(recipe.columns or ()), *recipe.unused):
        if name not in by_name:
            close = get_close_matches(name, by_name, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(by_name)}"
            raise ValueError(f"recipe {recipe.name!r}: there is no column {name!r}; {hint}")
    names = by_name if recipe.columns is None else recipe.columns
    columns = [by_name[name] for name in names if name not in recipe.unused]
    if not columns:
        raise ValueError(f"recipe {recipe.name!r}: no column is left; shorten `unused`")
    is_own = recipe.impute_levels == "own_category"
    own_category = {column.name for column in columns if column.levels and column.nullable and is_own}
    return _group(columns, frozenset(own_category))


def _group(columns: Sequence[Column], own_category: frozenset[str]) -> Inputs:
    return Inputs(
        categories=tuple(column for column in columns if column.kind == "category"),
        flags=tuple(column for column in columns if column.kind == "flag"),
        numbers=tuple(column for column in columns if column.is_numeric),
        own_category=own_category,
    )


def check_values(rows: Sequence[Features]) -> None:
    """Raise UsageError where a column, used or not, has no value in the training rows."""
    columns = [column for column in type(rows[0]).columns() if column.nullable]
    empty = [column.name for column in columns if _values(column, rows) == {None}]
    if empty:
        names = ", ".join(f"{name!r}" for name in empty)
        raise UsageError(
            f"Column{'s' * (len(empty) > 1)} {names}: no training row has a value; fill in more cells, or "
            f"take {'it' if len(empty) == 1 else 'them'} out of the task's features."
        )


def drop_constant(inputs: Inputs, rows: Sequence[Features]) -> tuple[Inputs, tuple[str, ...]]:
    """Give the columns that vary over the training rows, and the names of the others.

    A constant column carries no information, and scaling divides by its variance. Missing values are a
    category of their own only where training rows have some, because no weight is learned for it otherwise.
    UsageError where no column varies.
    """
    with_missing = {column.name for column in inputs.columns if None in _values(column, rows)}
    own_category = inputs.own_category & with_missing
    varying = [column for column in inputs.columns if _varies(column, rows, column.name in own_category)]
    if not varying:
        raise UsageError("Every column has the same value in all training rows; nothing can be learned.")
    constant = tuple(column.name for column in inputs.columns if column not in varying)
    return _group(varying, own_category), constant


def _varies(column: Column, rows: Sequence[Features], is_own_category: bool) -> bool:
    values = _values(column, rows)
    if is_own_category:
        return len(values) > 1
    # A value that is imputed from the others makes no difference by itself.
    known = values - {None}
    if not column.is_numeric:
        return len(known) > 1
    numbers = [float(value) for value in known if value is not None]
    return len(numbers) > 1 and max(numbers) - min(numbers) > ROUNDING * max(map(abs, numbers))


def _values(column: Column, rows: Sequence[Features]) -> set[Value]:
    attribute = column.attribute
    return {row.__dict__[attribute] for row in rows}

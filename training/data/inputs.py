"""The columns that a model uses, by kind: what a recipe says, without columns that never vary."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from predictor.schema.column import Column
from predictor.schema.features import Features
from training.errors import UsageError
from training.recipe import Recipe


@dataclass(frozen=True)
class Inputs:
    """The columns of the network's inputs, in this order: categories, flags, numbers."""

    categories: tuple[Column, ...]
    flags: tuple[Column, ...]
    numbers: tuple[Column, ...]

    @property
    def columns(self) -> tuple[Column, ...]:
        """Give all columns."""
        return self.categories + self.flags + self.numbers

    @property
    def names(self) -> tuple[str, ...]:
        """Give the names of all columns."""
        return tuple(column.name for column in self.columns)


def choose_inputs(recipe: Recipe, features: type[Features]) -> Inputs:
    """Give the recipe's columns by kind, by default all; ValueError names a column that does not exist."""
    by_name = {column.name: column for column in features.columns()}
    for name in (*(recipe.columns or ()), *recipe.unused):
        if name not in by_name:
            close = get_close_matches(name, by_name, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(by_name)}"
            raise ValueError(f"recipe {recipe.name!r}: there is no column {name!r}; {hint}")
    names = by_name if recipe.columns is None else recipe.columns
    inputs = group_columns([by_name[name] for name in names if name not in recipe.unused])
    if not inputs.columns:
        raise ValueError(f"recipe {recipe.name!r}: no column is left; shorten `unused`")
    return inputs


def group_columns(columns: Sequence[Column]) -> Inputs:
    """Group columns by kind."""
    return Inputs(
        categories=tuple(column for column in columns if column.kind == "category"),
        flags=tuple(column for column in columns if column.kind == "flag"),
        numbers=tuple(column for column in columns if column.is_numeric),
    )


def drop_constant(inputs: Inputs, rows: Sequence[Features]) -> tuple[Inputs, tuple[str, ...]]:
    """Give the columns that vary over the training rows, and the names of the others.

    A constant column carries no information, and scaling divides by its variance. UsageError where no
    column varies.
    """
    varying = [column for column in inputs.columns if _varies(column, rows)]
    if not varying:
        raise UsageError("Every column has the same value in all training rows; nothing can be learned.")
    names = {column.name for column in varying}
    return group_columns(varying), tuple(name for name in inputs.names if name not in names)


def _varies(column: Column, rows: Sequence[Features]) -> bool:
    values = {row.__dict__[column.attribute] for row in rows}
    # A missing number is imputed from the others, so it makes no difference by itself.
    return len(values - {None} if column.is_numeric else values) > 1

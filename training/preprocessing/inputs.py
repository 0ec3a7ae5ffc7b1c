"""The columns that a model uses, by kind: what a recipe says, without columns that never vary.

`check_values` and `drop_constant` look at the training rows before the preprocessing is fitted to them.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import get_args

from predictor.artefact.records import Imputation
from predictor.schema.column import Column, Value
from predictor.schema.features import Features
from training.errors import UsageError
from training.recipe import LevelImputation, NumberImputation, Recipe

# Numbers that differ by less, relative to their size, are the same number with different rounding errors.
ROUNDING = 1e-12


@dataclass(frozen=True)
class Inputs:
    """The columns of the network's inputs, in this order: categories, flags, numbers.

    `methods` says how a missing value of each nullable column is replaced; `like` are the columns in which
    rows must be alike for draws; `known` are those without which a row teaches nothing, used or not.
    """

    categories: tuple[Column, ...]
    flags: tuple[Column, ...]
    numbers: tuple[Column, ...]
    methods: Mapping[str, Imputation]
    like: tuple[Column, ...] = ()
    known: tuple[Column, ...] = ()

    @property
    def columns(self) -> tuple[Column, ...]:
        """Give all columns."""
        return self.categories + self.flags + self.numbers

    @property
    def names(self) -> tuple[str, ...]:
        """Give the names of all columns."""
        return tuple(column.name for column in self.columns)

    def imputed_by(self, *methods: Imputation) -> tuple[Column, ...]:
        """Give the columns in which one of these methods replaces a missing value."""
        return tuple(column for column in self.columns if self.methods.get(column.name) in methods)

    @property
    def imputed_categories(self) -> tuple[Column, ...]:
        """Give the categories in which the most frequent one replaces a missing value."""
        imputed = self.imputed_by("most_frequent", "known_rows")
        return tuple(column for column in self.categories if column in imputed)

    @property
    def encoded_categories(self) -> tuple[Column, ...]:
        """Give the other categories, which need no imputation."""
        return tuple(column for column in self.categories if column not in self.imputed_categories)


def choose_inputs(recipe: Recipe, features: type[Features]) -> Inputs:
    """Give the recipe's columns by kind, by default all; ValueError names a mistake in the recipe."""
    by_name = {column.name: column for column in features.columns()}
    _check_names(recipe, (*(recipe.columns or ()), *recipe.unused), by_name)
    names = by_name if recipe.columns is None else recipe.columns
    columns = [by_name[name] for name in names if name not in recipe.unused]
    if not columns:
        raise ValueError(f"recipe {recipe.name!r}: no column is left; shorten `unused`")
    used = {column.name: column for column in columns}
    of_rows = [name for name, method in recipe.impute.items() if method == "known_rows"]
    others = [name for name in recipe.impute if name not in of_rows]
    _check_names(recipe, of_rows, by_name)
    _check_names(recipe, (*others, *recipe.impute_like), used, "input column")
    numbers = [column.name for column in columns if column.is_numeric]
    _check_names(recipe, (*recipe.limits, *recipe.effect_penalties), numbers, "input column of numbers")
    methods = {column.name: _method(recipe, column) for column in columns if column.nullable}
    inputs = _group(columns, methods, [used[name] for name in recipe.impute_like])
    unused = [by_name[name] for name in of_rows if name not in used and by_name[name].nullable]
    return replace(inputs, known=(*inputs.imputed_by("known_rows"), *unused))


def _check_names(
    recipe: Recipe, names: Iterable[str], columns: Collection[str], what: str = "column"
) -> None:
    for name in names:
        if name not in columns:
            close = get_close_matches(name, columns, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(columns)}"
            raise ValueError(f"recipe {recipe.name!r}: there is no {what} {name!r}; {hint}")


def _method(recipe: Recipe, column: Column) -> Imputation:
    """Give the method for a missing value of a column; ValueError where its kind cannot have it."""
    default = recipe.impute_numbers if column.is_numeric else recipe.impute_levels
    method = recipe.impute.get(column.name, default)
    allowed = get_args(NumberImputation if column.is_numeric else LevelImputation)
    if method not in allowed:
        raise ValueError(
            f"recipe {recipe.name!r}: {method!r} cannot replace a missing {column.kind} ({column.name!r}); "
            f"use {', '.join(allowed)}"
        )
    return method


def _group(columns: Sequence[Column], methods: Mapping[str, Imputation], like: Sequence[Column]) -> Inputs:
    return Inputs(
        categories=tuple(column for column in columns if column.kind == "category"),
        flags=tuple(column for column in columns if column.kind == "flag"),
        numbers=tuple(column for column in columns if column.is_numeric),
        methods={column.name: methods[column.name] for column in columns if column.name in methods},
        like=tuple(column for column in like if column in columns),
    )


def check_values(rows: Sequence[Features], known: Sequence[Column] = ()) -> None:
    """Raise UsageError where a column, used or not, has no value in the training rows.

    `known` are the columns of which all these rows have a value, because the others were left out.
    """
    columns = [column for column in type(rows[0]).columns() if column.nullable]
    empty = [column.name for column in columns if _values(column, rows) == {None}]
    if empty:
        among = f" with a known {' and '.join(_quoted(column.name for column in known))}" if known else ""
        raise UsageError(
            f"Column{'s' * (len(empty) > 1)} {', '.join(_quoted(empty))}: no training row{among} has a "
            f"value; fill in more cells, or take {'it' if len(empty) == 1 else 'them'} out of the task's "
            "features."
        )


def _quoted(names: Iterable[str]) -> list[str]:
    return [f"{name!r}" for name in names]


def drop_constant(inputs: Inputs, rows: Sequence[Features]) -> tuple[Inputs, tuple[str, ...]]:
    """Give the columns that vary over the training rows, and the names of the others.

    A constant column carries no information, and scaling divides by its variance. Missing values are a
    category of their own only where training rows have some, because no weight is learned for it otherwise.
    UsageError where no column varies.
    """
    unlearned = [column for column in inputs.imputed_by("category") if None not in _values(column, rows)]
    methods: dict[str, Imputation] = dict(inputs.methods)
    methods.update({column.name: "most_frequent" for column in unlearned})
    varying = [
        column for column in inputs.columns if varies(column, rows, methods.get(column.name) == "category")
    ]
    if not varying:
        raise UsageError("Every column has the same value in all training rows; nothing can be learned.")
    names = {column.name for column in varying}
    return _group(varying, methods, inputs.like), tuple(name for name in inputs.names if name not in names)


def varies(column: Column, rows: Sequence[Features], missing_is_category: bool = False) -> bool:
    """Say whether a column has several values in these rows, apart from rounding errors."""
    values = _values(column, rows)
    if missing_is_category:
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

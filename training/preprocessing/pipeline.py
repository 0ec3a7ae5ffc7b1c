"""The preprocessing from columns to the network's inputs: a scikit-learn pipeline fitted to training rows."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, ValuesView
from numbers import Integral
from typing import TypeAlias

import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, StandardScaler

from predictor.schema.column import Column
from training.errors import TrainingError
from training.preprocessing.draws import DrawsImputer
from training.preprocessing.inputs import Inputs
from training.preprocessing.limits import UNLIMITED, Limiter
from training.recipe import Recipe

# scikit-learn stores lists of up to this length, however few columns there are.
MAX_INTERNAL_ENTRIES = 16

# The name of the part with numbers, alone or before a strategy.
NUMBERS = "numbers"
# What stands in for a missing number where the network did not learn from rows without it.
STRATEGIES = {"known_rows": "mean", "draws": "mean"}

Preprocessor: TypeAlias = ColumnTransformer | Pipeline


def fit_preprocessor(recipe: Recipe, inputs: Inputs, frame: pd.DataFrame) -> Preprocessor:
    """Build the preprocessing of a recipe and fit it to these rows."""
    return build_preprocessor(recipe, inputs).fit(frame)


def build_preprocessor(recipe: Recipe, inputs: Inputs) -> Preprocessor:
    """Build imputation, one-hot encoding and, if the recipe asks for it, standardisation.

    The outputs are in this order: categories (each sorted, a category of missing values last), categories
    that are imputed, flags, whether a flag is missing (where that is a category of its own), numbers.
    """
    # One-hot encoding makes a category of missing values by itself.
    encode = ("encode", OneHotEncoder(handle_unknown="ignore", sparse_output=False))
    impute = ("impute", SimpleImputer(missing_values=None, strategy="most_frequent"))
    missing_flags = [column for column in inputs.imputed_by("category") if column.kind == "flag"]
    encoder = ColumnTransformer(
        [
            ("categories", Pipeline([encode]), _names(inputs.encoded_categories)),
            ("imputed_categories", Pipeline([impute, encode]), _names(inputs.imputed_categories)),
            ("flags", _flag_steps(recipe), _names(inputs.flags)),
            ("missing_flags", MissingIndicator(features="all"), _names(missing_flags)),
            *_number_parts(recipe, inputs),
        ],
        verbose_feature_names_out=False,
    )
    drawn = inputs.imputed_by("draws")
    return Pipeline([("draws", DrawsImputer(drawn, inputs.like)), ("encode", encoder)]) if drawn else encoder


def find_encoder(preprocessor: Preprocessor) -> ColumnTransformer:
    """Give the part of a preprocessing that turns columns into inputs of the network."""
    return preprocessor["encode"] if isinstance(preprocessor, Pipeline) else preprocessor


def find_draws(preprocessor: Preprocessor) -> DrawsImputer | None:
    """Give the part of a preprocessing that draws missing values, if it has one."""
    return preprocessor["draws"] if isinstance(preprocessor, Pipeline) else None


def find_numbers(preprocessor: Preprocessor) -> dict[str, int]:
    """Give the index of each number among the inputs of the network."""
    encoder = find_encoder(preprocessor)
    return {
        column: encoder.output_indices_[name].start + place
        for name, _, columns in encoder.transformers_
        if name.startswith(NUMBERS)
        for place, column in enumerate(columns)
    }


def _names(columns: Iterable[Column]) -> list[str]:
    return [column.name for column in columns]


def _flag_steps(recipe: Recipe) -> Pipeline:
    scaler = MinMaxScaler((-0.5, 0.5)) if recipe.centre_flags else "passthrough"
    return Pipeline([("impute", SimpleImputer(strategy="most_frequent")), ("scale", scaler)])


def _number_parts(recipe: Recipe, inputs: Inputs) -> list[tuple[str, Pipeline, list[str]]]:
    """Give one part for each strategy of imputation; usually there is one."""
    by_strategy: dict[str, list[str]] = {}
    for column in inputs.numbers:
        method = inputs.methods.get(column.name, recipe.impute_numbers)
        by_strategy.setdefault(STRATEGIES.get(method, method), []).append(column.name)
    is_one = len(by_strategy) == 1
    return [
        (NUMBERS if is_one else f"{NUMBERS}_by_{strategy}", _number_steps(recipe, strategy, names), names)
        for strategy, names in by_strategy.items()
    ]


def _number_steps(recipe: Recipe, strategy: str, names: Sequence[str]) -> Pipeline:
    steps: list[tuple[str, object]] = [("impute", SimpleImputer(strategy=strategy))]
    if not recipe.limits.keys().isdisjoint(names):
        steps.append(("limit", Limiter([recipe.limits.get(name, UNLIMITED) for name in names])))
    return Pipeline([*steps, ("scale", StandardScaler() if recipe.standardise else "passthrough")])


def refuse_stored_rows(preprocessor: Preprocessor, columns: int) -> None:
    """Raise TrainingError where a fitted pipeline stores more entries than its columns explain.

    Statistics of columns have about as many entries as there are columns. Longer arrays usually hold the
    rows that a step was fitted to, and the published file would disclose them. Draws are quantiles.
    """
    draws = find_draws(preprocessor)
    quantiles: list[object] = [] if draws is None else list(draws.draws_)
    for attribute, value in _find_stored(preprocessor, type(preprocessor).__name__, visited=quantiles):
        entries = _count_entries(value)
        if entries > max(columns, MAX_INTERNAL_ENTRIES):
            raise TrainingError(
                f"The fitted preprocessing stores {entries} entries in {attribute}, more than {columns} "
                "columns explain: they may be rows of the data. Nothing was published; use steps that store "
                "no rows."
            )


def _find_stored(value: object, attribute: str, visited: list[object]) -> Iterator[tuple[str, object]]:
    """Give every object that an object refers to, each with the name of its attribute."""
    if isinstance(value, type) or any(value is other for other in visited):
        return
    visited.append(value)
    yield attribute, value
    items = value.values() if isinstance(value, Mapping) else value
    for item in items if isinstance(items, list | tuple | ValuesView) else ():
        yield from _find_stored(item, attribute, visited)
    for name, item in getattr(value, "__dict__", {}).items():
        yield from _find_stored(item, f"{type(value).__name__}.{name}", visited)


def _count_entries(value: object) -> int:
    size = getattr(value, "size", None)
    if isinstance(size, Integral):
        return int(size)
    return len(value) if isinstance(value, Collection) and not isinstance(value, str) else 1

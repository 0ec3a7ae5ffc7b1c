"""The preprocessing from columns to the network's inputs: a scikit-learn pipeline fitted to training rows."""

from collections.abc import Collection, Iterator, Mapping, ValuesView
from numbers import Integral

import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, StandardScaler

from training.errors import TrainingError
from training.recipe import Recipe

# scikit-learn stores lists of up to this length, however few columns there are.
MAX_INTERNAL_ENTRIES = 16


def fit_preprocessor(recipe: Recipe, frame: pd.DataFrame) -> ColumnTransformer:
    """Build the preprocessing of a recipe and fit it to these rows."""
    return build_preprocessor(recipe).fit(frame)


def build_preprocessor(recipe: Recipe) -> ColumnTransformer:
    """Build one-hot encoding, mean imputation and, if the recipe asks for it, standardisation.

    The outputs are in the recipe's order: categories (each sorted), flags, numbers.
    """
    encoder = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    flag_scaler = MinMaxScaler((-0.5, 0.5)) if recipe.centre_flags else "passthrough"
    number_steps: list[tuple[str, object]] = [("impute", SimpleImputer(strategy="mean"))]
    if recipe.standardise:
        number_steps.append(("scale", StandardScaler()))
    return ColumnTransformer(
        [
            ("categories", encoder, list(recipe.categories)),
            ("flags", flag_scaler, list(recipe.flags)),
            ("numbers", Pipeline(number_steps), list(recipe.numbers)),
        ],
        verbose_feature_names_out=False,
    )


def refuse_stored_rows(preprocessor: object, columns: int) -> None:
    """Raise TrainingError where a fitted pipeline stores more entries than its columns explain.

    Statistics of columns have about as many entries as there are columns. Longer arrays usually hold the
    rows that a step was fitted to, and the published file would disclose them.
    """
    for attribute, value in _find_stored(preprocessor, type(preprocessor).__name__, visited=[]):
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

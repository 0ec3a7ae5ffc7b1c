"""From columns to the network's inputs, fitted with scikit-learn on the training rows alone."""

from collections.abc import Collection, Iterator, Mapping, ValuesView
from numbers import Integral

import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, StandardScaler

from training.errors import TrainingError
from training.recipe import Recipe

# So long are scikit-learn's own lists, however few columns there are.
OWN_ENTRIES = 16


def fit_preprocessor(recipe: Recipe, frame: pd.DataFrame) -> ColumnTransformer:
    """Build the preprocessing of a recipe and fit it to these rows."""
    return build_preprocessor(recipe).fit(frame)


def build_preprocessor(recipe: Recipe) -> ColumnTransformer:
    """Build one-hot encoding, mean imputation and, where the recipe says so, centring and scaling.

    The outputs stand in the recipe's order: categories (each sorted), flags, numbers.
    """
    steps: list[tuple[str, object]] = [("impute", SimpleImputer(strategy="mean"))]
    if recipe.standardise:
        steps.append(("scale", StandardScaler()))
    return ColumnTransformer(
        [
            (
                "categories",
                OneHotEncoder(handle_unknown="ignore", sparse_output=False),
                list(recipe.categories),
            ),
            (
                "flags",
                MinMaxScaler((-0.5, 0.5)) if recipe.centre_flags else "passthrough",
                list(recipe.flags),
            ),
            ("numbers", Pipeline(steps), list(recipe.numbers)),
        ],
        verbose_feature_names_out=False,
    )


def refuse_kept_rows(preprocessor: object, columns: int) -> None:
    """Raise TrainingError where something in a fitted pipeline is longer than its columns account for.

    What is learned of columns is as long as they are many; what is longer is, as a rule, rows that a
    step was fitted to, and everybody who gets the file would get them.
    """
    for place, value in _find_kept(preprocessor, type(preprocessor).__name__, seen=[]):
        entries = _count_entries(value)
        if entries > max(columns, OWN_ENTRIES):
            raise TrainingError(
                f"The fitted preprocessing keeps {entries} entries in {place}, more than {columns} columns "
                "account for: they may be rows of the data. Take one that keeps none; nothing was published."
            )


def _find_kept(value: object, place: str, seen: list[object]) -> Iterator[tuple[str, object]]:
    """Give all that an object holds, each with the attribute that it stands in."""
    if isinstance(value, type) or any(value is one for one in seen):
        return
    seen.append(value)
    yield place, value
    inner = value.values() if isinstance(value, Mapping) else value
    for part in inner if isinstance(inner, list | tuple | ValuesView) else ():
        yield from _find_kept(part, place, seen)
    for name, part in getattr(value, "__dict__", {}).items():
        yield from _find_kept(part, f"{type(value).__name__}.{name}", seen)


def _count_entries(value: object) -> int:
    size = getattr(value, "size", None)
    if isinstance(size, Integral):
        return int(size)
    return len(value) if isinstance(value, Collection) and not isinstance(value, str) else 1

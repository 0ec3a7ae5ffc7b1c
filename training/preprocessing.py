"""From columns to the network's inputs, fitted with scikit-learn on the training rows alone."""

import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, StandardScaler

from training.recipe import Recipe


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

"""From columns to the network's inputs, fitted with scikit-learn on the training rows alone."""

import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from training.recipe import Recipe


def fit_preprocessor(recipe: Recipe, frame: pd.DataFrame) -> ColumnTransformer:
    """Fit one-hot encoding, mean imputation and, if the recipe says so, standard scaling.

    The outputs stand in the recipe's order: categories (each sorted), flags, numbers.
    """
    steps: list[tuple[str, object]] = [("impute", SimpleImputer(strategy="mean"))]
    if recipe.standardise:
        steps.append(("scale", StandardScaler()))
    preprocessor = ColumnTransformer(
        [
            (
                "categories",
                OneHotEncoder(handle_unknown="ignore", sparse_output=False),
                list(recipe.categories),
            ),
            ("flags", "passthrough", list(recipe.flags)),
            ("numbers", Pipeline(steps), list(recipe.numbers)),
        ],
        verbose_feature_names_out=False,
    )
    return preprocessor.fit(frame)

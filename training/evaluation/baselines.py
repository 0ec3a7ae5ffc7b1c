"""What the recipe is compared with: other models on the same rows, with the lecture's preprocessing."""

from collections.abc import Callable
from typing import Protocol

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from predictor.artefact.weights import Array
from training.data.dataset import Labels
from training.data.preprocessing import build_preprocessor
from training.errors import UsageError
from training.recipe import Recipe


class Classifier(Protocol):
    """What scikit-learn's classifiers have in common."""

    def fit(self, x: Array, y: Labels) -> object:
        """Learn."""

    def predict_proba(self, x: Array) -> Array:
        """Give one column a class."""


def build_baselines() -> dict[str, Callable[[], Classifier]]:
    """Give a maker of each rival; UserMistake where XGBoost is not installed."""
    # Both take seconds to import, and only the comparison needs them.
    from sklearn.ensemble import HistGradientBoostingClassifier  # noqa: PLC0415

    try:
        from xgboost import XGBClassifier  # noqa: PLC0415
    except ImportError:
        raise UsageError("The comparison needs XGBoost; install the extra `dev` (`make install`).") from None
    # XGBoost as in the research that set the mark; the others as they come.
    return {
        "logistic regression": lambda: LogisticRegression(max_iter=1000),
        "HistGradientBoosting": lambda: HistGradientBoostingClassifier(
            learning_rate=0.05, max_iter=100, max_leaf_nodes=8, random_state=0
        ),
        "XGBoost": lambda: XGBClassifier(
            max_depth=3,
            learning_rate=0.03,
            n_estimators=150,
            subsample=0.8,
            colsample_bytree=0.6,
            min_child_weight=5,
            random_state=0,
            n_jobs=1,
        ),
    }


def baseline_probabilities(
    build: Callable[[], Classifier], recipe: Recipe, train: pd.DataFrame, labels: Labels, test: pd.DataFrame
) -> Array:
    """Fit a rival on the training rows alone and give the test rows' probabilities (B, 1)."""
    pipeline = make_pipeline(build_preprocessor(recipe), build()).fit(train, labels)
    return np.asarray(pipeline.predict_proba(test)[:, 1:], dtype=np.float64)

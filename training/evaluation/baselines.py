"""Baselines: the other models that a recipe is compared with."""

from sklearn.base import ClassifierMixin
from sklearn.linear_model import LogisticRegression

from training.errors import UsageError


def build_baselines() -> dict[str, ClassifierMixin]:
    """Give the unfitted baselines by name; UsageError where XGBoost is not installed."""
    # Both take seconds to import, and only the comparison needs them.
    from sklearn.ensemble import HistGradientBoostingClassifier  # noqa: PLC0415

    try:
        from xgboost import XGBClassifier  # noqa: PLC0415
    except ImportError:
        raise UsageError("The comparison needs XGBoost; install the extra `dev` (`make install`).") from None
    return {
        "logistic regression": LogisticRegression(max_iter=1000),
        "HistGradientBoosting": HistGradientBoostingClassifier(
            learning_rate=0.05, max_iter=100, max_leaf_nodes=8, random_state=0
        ),
        "XGBoost": XGBClassifier(
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

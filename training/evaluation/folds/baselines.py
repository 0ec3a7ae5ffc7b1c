"""Baselines: the other models that a recipe is compared with, with the settings that the page lists."""

from dataclasses import dataclass, field
from importlib import import_module

from sklearn.base import ClassifierMixin

from training.errors import UsageError


@dataclass(frozen=True)
class Baseline:
    """A classifier of another package.

    `settings` shape the model. `technical` settings do not: threads, and what the package prints or writes.
    """

    name: str
    module: str
    classifier: str
    settings: dict[str, float | int | str]
    technical: dict[str, float | bool] = field(default_factory=dict)

    def build(self) -> ClassifierMixin:
        """Give the unfitted classifier; UsageError where its package is not installed."""
        try:
            # The packages take seconds to import, and only the comparison needs them.
            module = import_module(self.module)
        except ImportError:
            package = self.module.partition(".")[0]
            raise UsageError(
                f"The comparison needs the package {package}; install the extra `dev` (`make install`), or "
                "use --quick."
            ) from None
        return getattr(module, self.classifier)(**self.settings, **self.technical)


LOGISTIC = Baseline("logistic regression", "sklearn.linear_model", "LogisticRegression", {"max_iter": 1000})

BOOSTED = (
    Baseline(
        "XGBoost",
        "xgboost",
        "XGBClassifier",
        {
            "n_estimators": 150,
            "learning_rate": 0.03,
            "max_depth": 3,
            "min_child_weight": 5,
            "subsample": 0.8,
            "colsample_bytree": 0.6,
            "random_state": 0,
        },
        {"n_jobs": 1},
    ),
    Baseline(
        "LightGBM",
        "lightgbm",
        "LGBMClassifier",
        {
            "n_estimators": 150,
            "learning_rate": 0.03,
            "num_leaves": 7,
            "min_child_samples": 50,
            "subsample": 0.8,
            "subsample_freq": 1,
            "colsample_bytree": 0.6,
            "random_state": 0,
        },
        {"n_jobs": 1, "verbose": -1},
    ),
    Baseline(
        "CatBoost",
        "catboost",
        "CatBoostClassifier",
        {"iterations": 200, "learning_rate": 0.03, "depth": 4, "random_seed": 0},
        {"thread_count": 1, "verbose": False, "allow_writing_files": False},
    ),
    Baseline(
        "explainable boosting",
        "interpret.glassbox",
        "ExplainableBoostingClassifier",
        {"interactions": 0, "outer_bags": 4, "learning_rate": 0.005, "max_leaves": 2, "random_state": 0},
        {"n_jobs": 1},
    ),
)

"""A recipe: every number that shapes a model, on one screen, stored in its manifest."""

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from predictor.features import Value
from predictor.lowered import Activation
from predictor.task import Task
from training.data import DataSet

Monitor = Literal["loss", "accuracy", "roc_auc", "pr_auc"]
LossName = Literal["cross_entropy", "squared_error"]
OptimizerName = Literal["adam", "sgd"]
ScheduleName = Literal["constant", "step", "cosine"]
Holdout = Literal["random", "last", "folds", "none"]
CalibrationMethod = Literal["none", "logistic", "temperature"]

# What no flag may go beyond: torch's seeds, scikit-learn's, and numbers that still mean something.
SEEDS, SPLIT_SEEDS = 2**63, 2**32
MOST_EPOCHS = 10_000_000
WIDEST = 10_000
MOST_WEIGHT = 1e6

Epochs = Annotated[int, Field(ge=1, le=MOST_EPOCHS)]
Width = Annotated[int, Field(ge=1, le=WIDEST)]


class PointRule(BaseModel):
    """How an operating point is found on held-out rows, and why one would want it.

    `fixed` is the threshold itself, `sensitivity` the highest one that finds at least this share of
    the positives, `flagged` the lowest that flags at most this share of all, `youden` the one with
    the largest sensitivity + specificity.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    rule: Literal["fixed", "sensitivity", "flagged", "youden"]
    value: float = Field(default=0.0, ge=0, le=1)
    description: str


class Split(BaseModel):
    """Which rows test, and which are held out from training.

    `random` holds out a share drawn with a seed, `last` the last share of the rows as they stand,
    `folds` every row once (one member of the network a fold), `none` nothing.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    test_share: float = Field(gt=0, lt=1)
    test_seed: int = Field(ge=0, lt=SPLIT_SEEDS)
    holdout: Holdout
    holdout_share: float = Field(default=0.25, gt=0, lt=1)
    holdout_seed: int = Field(default=0, ge=0, lt=SPLIT_SEEDS)
    folds: int = Field(default=1, ge=1, le=1000)

    @model_validator(mode="after")
    def _check(self) -> "Split":
        if self.holdout == "folds" and self.folds == 1:
            raise ValueError("the holdout `folds` needs at least 2 folds")
        if self.holdout != "folds" and self.folds != 1:
            raise ValueError("several folds need the holdout `folds`")
        return self


class Recipe(BaseModel):
    """How to train one task."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    name: str
    split: Split
    # Inputs, in the order of the network's columns.
    categories: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    numbers: tuple[str, ...]
    centre_flags: bool = False
    standardise: bool = True
    # Network
    hidden: tuple[Width, ...] = ()
    activation: Activation = "leaky_relu"
    negative_slope: float = Field(default=0.2, ge=0, le=1)
    output_bias: Literal["zero", "prior"] = "zero"  # prior: the first guess is the weighted prevalence
    # Learning
    loss: LossName = "cross_entropy"
    positive_weight: float = Field(default=1.0, gt=0, le=MOST_WEIGHT)
    optimizer: OptimizerName = "adam"
    learning_rate: float = Field(default=1e-3, gt=0)
    weight_decay: float = Field(default=0.0, ge=0)
    schedule: ScheduleName = "constant"
    batch_size: Annotated[int, Field(ge=1)] | Literal["full"] = 32
    epochs: Epochs
    patience: int = Field(default=0, ge=0, le=MOST_EPOCHS)  # 0: no early stopping, the last weights stay
    monitor: Monitor = "loss"
    monitor_epochs: Epochs = 1  # judged by the mean over so many last epochs
    seed: int = Field(default=0, ge=0, lt=SEEDS)
    # From logits to answers
    calibration: CalibrationMethod = "none"
    operating_points: dict[str, PointRule]

    @model_validator(mode="after")
    def _check(self) -> "Recipe":
        if "default" not in self.operating_points:
            raise ValueError("there is no operating point `default`")
        if self.split.holdout == "none":
            if self.patience:
                raise ValueError("without held-out rows there is no early stopping (patience 0)")
            if self.calibration != "none" or any(p.rule != "fixed" for p in self.operating_points.values()):
                raise ValueError("it calibrates and chooses thresholds on held-out rows, so it needs some")
        return self

    @property
    def columns(self) -> tuple[str, ...]:
        """Name the columns that the network sees."""
        return self.categories + self.flags + self.numbers


@dataclass(frozen=True)
class Experiment:
    """One row of the lecture: what to change in its recipe, what it printed, and how ours is told.

    `tells` names a function of `training.lecture`; `at` is the threshold of a confusion matrix.
    """

    row: int
    title: str
    changes: dict[str, object]
    printed: str
    tells: str
    at: float = 0.5


@dataclass(frozen=True)
class Grouping:
    """Subgroups of the rows by one column: its categories, bands of its numbers, or whether it is missing."""

    by: str
    column: str
    edges: tuple[float, ...] = ()
    missing: bool = False

    def group(self, value: Value) -> str:
        """Name the group of one value."""
        if self.missing:
            return "missing" if value is None else "known"
        if not self.edges:
            return str(value)
        if value is None:
            return "missing"
        band = bisect_right(self.edges, float(value))
        if band == 0:
            return f"under {self.edges[0]}"
        if band == len(self.edges):
            return f"from {self.edges[-1]}"
        return f"{self.edges[band - 1]} to {self.edges[band]}"


@dataclass(frozen=True)
class RecipeBook:
    """All that is known about training one task: its recipes, and data if any comes with the code.

    `compared` names the recipes that an evaluation puts beside the one that it judges, on the same folds;
    `scatter` lists changes to the lecture's recipe whose spread over seeds the lecture's page shows.
    """

    task: Task
    recipes: dict[str, Recipe]
    builtin_data: Callable[[], DataSet] | None = None
    experiments: tuple[Experiment, ...] = ()
    compared: tuple[str, ...] = ()
    scatter: tuple[dict[str, object], ...] = ()
    groupings: tuple[Grouping, ...] = ()


def carried_over(threshold: float, positive_weight: float) -> float:
    """Translate a threshold on a weighted loss's probabilities to calibrated probabilities.

    Under a weight w on the positive class the best possible model gives odds w times too high, so
    t/(1-t) there means t/(1-t)/w here. (Training on logits with weighted cross-entropy; offset ln w.)
    """
    odds = threshold / (1 - threshold) / positive_weight
    return odds / (1 + odds)

"""A recipe: every number that shapes a model, on one screen, stored in its manifest."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from predictor.artefact.weights import Activation

Monitor = Literal["loss", "accuracy", "roc_auc", "pr_auc"]
LossName = Literal["cross_entropy", "squared_error"]
OptimizerName = Literal["adam", "sgd"]
ScheduleName = Literal["constant", "step", "cosine"]
ValidationSplit = Literal["random", "last", "folds", "none"]
CalibrationMethod = Literal["none", "logistic", "temperature"]

# What no flag may go beyond: torch's seeds, scikit-learn's, and numbers that still mean something.
SEEDS, SPLIT_SEEDS = 2**63, 2**32
MOST_EPOCHS = 10_000_000
WIDEST = 10_000
MOST_WEIGHT = 1e6

# The settings that belong to a recipe's split.
SPLIT_SETTINGS = ("validation", "folds")

Epochs = Annotated[int, Field(ge=1, le=MOST_EPOCHS)]
Width = Annotated[int, Field(ge=1, le=WIDEST)]


class ThresholdRule(BaseModel):
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
    validation: ValidationSplit
    validation_share: float = Field(default=0.25, gt=0, lt=1)
    validation_seed: int = Field(default=0, ge=0, lt=SPLIT_SEEDS)
    folds: int = Field(default=1, ge=1, le=1000)

    @model_validator(mode="after")
    def _check(self) -> "Split":
        if self.validation == "folds" and self.folds == 1:
            raise ValueError("the validation split `folds` needs at least 2 folds")
        if self.validation != "folds" and self.folds != 1:
            raise ValueError("several folds need the validation split `folds`")
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
    operating_points: dict[str, ThresholdRule]

    @model_validator(mode="after")
    def _check(self) -> "Recipe":
        if "default" not in self.operating_points:
            raise ValueError("there is no operating point `default`")
        if self.split.validation == "none":
            if self.patience:
                raise ValueError("without held-out rows there is no early stopping (patience 0)")
            if self.calibration != "none" or any(p.rule != "fixed" for p in self.operating_points.values()):
                raise ValueError("it calibrates and chooses thresholds on held-out rows, so it needs some")
        return self

    @property
    def columns(self) -> tuple[str, ...]:
        """Name the columns that the network sees."""
        return self.categories + self.flags + self.numbers


def carried_over(threshold: float, positive_weight: float) -> float:
    """Translate a threshold on a weighted loss's probabilities to calibrated probabilities.

    Under a weight w on the positive class the best possible model gives odds w times too high, so
    t/(1-t) there means t/(1-t)/w here. (Training on logits with weighted cross-entropy; offset ln w.)
    """
    odds = threshold / (1 - threshold) / positive_weight
    return odds / (1 + odds)


def change_recipe(recipe: Recipe, changes: dict[str, object]) -> Recipe:
    """Give the recipe with some settings replaced, checked as a whole; pydantic.ValidationError if not valid.

    A validation split other than `folds` leaves one member, so folds go back to one with it.
    """
    plain = recipe.model_dump() | {
        name: value for name, value in changes.items() if name not in SPLIT_SETTINGS
    }
    if changes.get("validation", "folds") != "folds":
        plain["split"]["folds"] = 1
    plain["split"] |= {name: changes[name] for name in SPLIT_SETTINGS if name in changes}
    return Recipe.model_validate(plain)

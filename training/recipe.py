"""A recipe holds every setting that shapes a model; the manifest stores it."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from predictor.artefact.records import Imputation
from predictor.artefact.weights import Activation

Monitor = Literal["loss", "accuracy", "roc_auc", "pr_auc"]
LossName = Literal["cross_entropy", "squared_error"]
OptimizerName = Literal["adam", "sgd"]
ScheduleName = Literal["constant", "step", "cosine"]
ValidationSplit = Literal["random", "last", "folds", "none"]
CalibrationMethod = Literal["none", "logistic", "temperature"]
NumberImputation = Literal["mean", "median", "most_frequent", "draws", "known_rows"]
LevelImputation = Literal["most_frequent", "category", "draws", "known_rows"]

# torch and scikit-learn accept seeds below these.
SEED_LIMIT, SPLIT_SEED_LIMIT = 2**63, 2**32
MAX_EPOCHS = 10_000_000
MAX_WIDTH = 10_000
MAX_POSITIVE_WEIGHT = 1e6

# The settings that belong to `Recipe.split` and have a flag.
SPLIT_SETTINGS = ("validation", "folds")

Epochs = Annotated[int, Field(ge=1, le=MAX_EPOCHS)]
Percentile = Annotated[float, Field(ge=0, le=100)]
Width = Annotated[int, Field(ge=1, le=MAX_WIDTH)]


class ThresholdRule(BaseModel):
    """How the threshold of an operating point is chosen on validation rows; `description` says what for.

    `fixed`: the threshold is `value`. `sensitivity`: the highest threshold with at least this sensitivity.
    `flagged`: the lowest threshold that flags at most this share of the rows. `youden`: the threshold with
    the largest sensitivity + specificity.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    rule: Literal["fixed", "sensitivity", "flagged", "youden"]
    value: float = Field(default=0.0, ge=0, le=1)
    description: str


class Split(BaseModel):
    """How the rows are divided into training, validation and test rows.

    Validation rows are: `random`, a share drawn with a seed; `last`, the last share in the order after the
    test split; `folds`, every row once, with one member of the ensemble for each fold; `none`, no row.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    test_share: float = Field(default=0.2, gt=0, lt=1)
    test_seed: int = Field(default=0, ge=0, lt=SPLIT_SEED_LIMIT)
    # Whether test rows and a random share of validation rows have the class shares of all rows.
    stratified: bool = True
    validation: ValidationSplit
    validation_share: float = Field(default=0.25, gt=0, lt=1)
    validation_seed: int = Field(default=0, ge=0, lt=SPLIT_SEED_LIMIT)
    folds: int = Field(default=1, ge=1, le=1000)

    @model_validator(mode="after")
    def _check(self) -> "Split":
        if self.validation == "folds" and self.folds == 1:
            raise ValueError("the validation split `folds` needs at least 2 folds")
        if self.validation != "folds" and self.folds != 1:
            raise ValueError("several folds need the validation split `folds`")
        return self


class Recipe(BaseModel):
    """Every setting of one training run."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    name: str
    # What a reader of the card and of the page of the evaluation should know about the recipe.
    notes: str = ""
    split: Split
    # Inputs: the columns that the network uses, by default all. Those of one kind stand together, in this
    # order: categories, flags, numbers.
    columns: tuple[str, ...] | None = None
    unused: tuple[str, ...] = ()
    # How a missing number, and a missing flag or category, is replaced; `impute` has exceptions by column.
    # docs/missing-values.md describes the methods. Draws are those of rows that are alike in `impute_like`.
    impute_numbers: NumberImputation = "mean"
    impute_levels: LevelImputation = "category"
    impute: dict[str, Imputation] = {}
    impute_like: tuple[str, ...] = ()
    centre_flags: bool = False
    standardise: bool = True
    # By column, the percentiles of the training rows to which a number is limited.
    limits: dict[str, tuple[Percentile, Percentile]] = {}
    # Network
    hidden: tuple[Width, ...] = ()
    activation: Activation = "leaky_relu"
    negative_slope: float = Field(default=0.2, ge=0, le=1)
    output_bias: Literal["zero", "prior"] = "zero"  # prior: starts at the logit of the weighted prevalence
    # Learning
    loss: LossName = "cross_entropy"
    positive_weight: float = Field(default=1.0, gt=0, le=MAX_POSITIVE_WEIGHT)
    # By column, the weight of the penalty on the effect of a number; see `training.learning.losses`.
    effect_penalties: dict[str, Annotated[float, Field(ge=0)]] = {}
    optimizer: OptimizerName = "adam"
    learning_rate: float = Field(default=1e-3, gt=0)
    weight_decay: float = Field(default=0.0, ge=0)
    schedule: ScheduleName = "constant"
    batch_size: Annotated[int, Field(ge=1)] | Literal["full"] = 32
    epochs: Epochs
    patience: int = Field(default=0, ge=0, le=MAX_EPOCHS)  # 0: no early stopping, the last weights are used
    monitor: Monitor = "loss"
    monitor_epochs: Epochs = 1  # epochs in the moving average of the monitored metric
    seed: int = Field(default=0, ge=0, lt=SEED_LIMIT)
    # Calibration and thresholds
    calibration: CalibrationMethod = "none"
    operating_points: dict[str, ThresholdRule]

    @field_validator("impute_levels", mode="before")
    @classmethod
    def _read_old_name(cls, method: Any) -> Any:
        return "category" if method == "own_category" else method

    @model_validator(mode="before")
    @classmethod
    def _explain_kinds(cls, settings: Any) -> Any:
        old = [name for name in ("categories", "flags", "numbers") if name in settings]
        if old:
            raise ValueError(
                f"{old[0]}: list columns in `columns`; the task's features say of what kind they are"
            )
        return settings

    @model_validator(mode="after")
    def _check(self) -> "Recipe":
        if "default" not in self.operating_points:
            raise ValueError("the operating point `default` is missing")
        for column, (low, high) in self.limits.items():
            if low >= high:
                raise ValueError(f"limits: the lower percentile of {column!r} is not below the upper one")
        if self.split.validation == "none":
            if self.patience:
                raise ValueError("early stopping needs validation rows; without them, set the patience to 0")
            if self.calibration != "none" or any(p.rule != "fixed" for p in self.operating_points.values()):
                raise ValueError("calibration and threshold rules other than `fixed` need validation rows")
        return self


def unweighted_threshold(threshold: float, positive_weight: float) -> float:
    """Translate a threshold on the probabilities of a weighted loss to one on calibrated probabilities.

    With a weight w on the positive class, the optimal model gives odds that are w times too high, so the
    odds t / (1 - t) of the threshold become t / (1 - t) / w.
    """
    odds = threshold / (1 - threshold) / positive_weight
    return odds / (1 + odds)


def change_recipe(recipe: Recipe, changes: dict[str, object]) -> Recipe:
    """Give the recipe with some settings replaced; pydantic.ValidationError where the result is not valid.

    A validation split other than `folds` has one fold, so changing to it sets `folds` to 1.
    """
    settings = recipe.model_dump() | {
        name: value for name, value in changes.items() if name not in SPLIT_SETTINGS
    }
    if changes.get("validation", "folds") != "folds":
        settings["split"]["folds"] = 1
    settings["split"] |= {name: changes[name] for name in SPLIT_SETTINGS if name in changes}
    return Recipe.model_validate(settings)

"""The records of a manifest: data, training statistics, metrics, thresholds and scores."""

from bisect import bisect_left
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import (
    AliasChoices,
    BaseModel,
    ConfigDict,
    Field,
    NonNegativeInt,
    field_validator,
    model_validator,
)

from predictor.schema.column import Column, Value
from predictor.schema.errors import UnknownOperatingPoint

Probability = Annotated[float, Field(ge=0, le=1)]
Rates = dict[str, float | None]
Imputation = Literal["mean", "median", "most_frequent", "category", "draws", "known_rows"]

# Rows are counted by their score in steps of 1/10,000.
STEPS = 10_000


class Record(BaseModel):
    """Base of the manifest's records: unknown fields are refused, and a record cannot be changed."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class FileRecord(Record):
    """The digest and the size that a file of the artefact must have."""

    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    bytes: int = Field(ge=0)


class TrainingStatistics(Record):
    """Statistics of one column over the training rows.

    For numbers: the range, and the 5th, 25th, 50th, 75th and 95th percentile; fewer than 1 in 100 rows lie
    below `sparse_below` or above `sparse_above`. For categories and flags: `levels` are the values that
    occur, and `sparse_levels` those that fewer than 1 in 100 rows have. `imputation` says how a missing value
    is replaced, by `fill` unless missing values are a category of their own.
    """

    minimum: float | None = None
    maximum: float | None = None
    sparse_below: float | None = None
    sparse_above: float | None = None
    percentiles: tuple[float, ...] = ()
    levels: tuple[str, ...] = ()
    sparse_levels: tuple[str, ...] = ()
    fill: float | str | None = None
    imputation: Imputation = "mean"

    @field_validator("imputation", mode="before")
    @classmethod
    def _read_old_name(cls, method: object) -> object:
        """Manifests of earlier versions have another name."""
        return "category" if method == "own_category" else method


class FeatureRecord(Record):
    """A column of the task, its statistics in training, and whether the model uses it."""

    column: Column
    training: TrainingStatistics
    used: bool

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.column.is_numeric and None in {self.training.minimum, self.training.maximum}:
            raise ValueError("a number needs training.minimum and training.maximum")
        return self


class CalibrationRecord(Record):
    """The calibration of logits, slope * (logit - offset) + intercept, and the rows that it was fitted to."""

    method: str
    offset: float
    slope: float
    intercept: tuple[float, ...]
    rows: int


class Metrics(Record):
    """The number of epochs, and the model's metrics on held-out rows and on test rows.

    With folds, the held-out rows of one fold are calibrated on the other folds. Intervals are 95 % bootstrap
    percentiles over rows.
    """

    epochs: int
    best_epoch: int
    held_out: dict[str, float]
    test: dict[str, float]
    held_out_intervals: dict[str, tuple[float, float]] = {}
    test_intervals: dict[str, tuple[float, float]] = {}


class Subgroup(Record):
    """Metrics on the held-out rows of one subgroup; without `events` and metrics if it has too few."""

    by: str
    group: str
    rows: int
    events: int | None
    figures: dict[str, float | None] = {}


class Importance(Record):
    """Permutation importance of one column on held-out rows: the loss in average precision and ROC-AUC."""

    column: str
    pr_auc: float
    roc_auc: float


class NetBenefit(Record):
    """Net benefit at one threshold: of the model, and of flagging every row; flagging no row has 0."""

    threshold: float
    model: float
    # Manifests of earlier versions have the old name.
    flag_all: float = Field(validation_alias=AliasChoices("flag_all", "everybody"))  # type: ignore[pydantic-alias]


class DataRecord(Record):
    """The data of the model: numbers of rows, and a fingerprint of the rows, not of the file.

    `left_out` counts rows with a missing value that are neither training, validation nor test rows.
    """

    rows: int
    fingerprint: str
    train: int
    validation: int
    test: int
    left_out: int = 0
    class_counts: dict[str, Annotated[int, Field(ge=1)]]
    train_class_counts: dict[str, Annotated[int, Field(ge=1)]]


class GoldenRows(Record):
    """Made-up rows and the probabilities that every engine must reproduce."""

    rows: tuple[dict[str, Value], ...] = Field(min_length=1)
    probabilities: tuple[tuple[Probability, ...], ...]


class ClassScores(Record):
    """Held-out rows of one class, counted by the probability of that class in steps of 1/10,000."""

    steps: tuple[Annotated[int, Field(ge=0, le=STEPS)], ...]
    counts: tuple[Annotated[int, Field(gt=0)], ...]

    @model_validator(mode="after")
    def _check(self) -> Self:
        if len(self.steps) != len(self.counts) or any(a >= b for a, b in pairwise(self.steps)):
            raise ValueError("steps must ascend, one for each count")
        return self


class CountTable(Record):
    """Held-out rows counted by their score in steps of 1/10,000; steps without rows are left out.

    In a binary task a hit is a row with the outcome; otherwise a row whose most probable class is
    the true one. Probabilities are rounded down to a step, so the counts are exact for a threshold with at
    most four decimals; any other threshold is rounded up to the next step.
    """

    steps: tuple[NonNegativeInt, ...]
    hits: tuple[NonNegativeInt, ...]
    misses: tuple[NonNegativeInt, ...]

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not len(self.steps) == len(self.hits) == len(self.misses):
            raise ValueError("steps, hits and misses must have the same length")
        if any(step >= following for step, following in pairwise(self.steps)):
            raise ValueError("the steps must ascend")
        return self

    def at(self, threshold: float) -> tuple[int, int]:
        """Count the hits and misses at or above a threshold from 0 to 1."""
        # The small term compensates the rounding error of products such as 0.07 * 10,000.
        step = int(-(-(threshold * STEPS - 1e-6) // 1))
        first = bisect_left(self.steps, step)
        return sum(self.hits[first:]), sum(self.misses[first:])


class OperatingPoint(Record):
    """A named threshold, the reason for it, and its rates on held-out rows with 95 % intervals."""

    threshold: float = Field(ge=0, le=1)
    description: str
    rates: Rates = {}
    intervals: dict[str, tuple[float, float]] = {}


class Thresholds(Record):
    """A model's default threshold, its operating points, and the counts that their rates come from."""

    default: float = Field(ge=0, le=1)
    operating_points: dict[str, OperatingPoint]
    table: CountTable

    @model_validator(mode="after")
    def _check(self) -> Self:
        default = self.operating_points.get("default")
        if default is None or default.threshold != self.default:
            raise ValueError("the operating point `default` must exist and have the default threshold")
        if any(point.rates.keys() != default.rates.keys() for point in self.operating_points.values()):
            raise ValueError("all operating points must have the same rates")
        return self

    def threshold_of(self, name: str) -> float:
        """Give the threshold of an operating point; UnknownOperatingPoint lists the names."""
        if name not in self.operating_points:
            names = ", ".join(self.operating_points)
            raise UnknownOperatingPoint(f"There is no operating point of that name; there are: {names}.")
        return self.operating_points[name].threshold

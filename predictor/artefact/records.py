"""The records of a manifest: what is stored of the data, the training, the thresholds and the scores."""

from bisect import bisect_left
from itertools import pairwise
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, model_validator

from predictor.schema.errors import UnknownOperatingPoint
from predictor.schema.features import Column, Value

Probability = Annotated[float, Field(ge=0, le=1)]
Rates = dict[str, float | None]

# Scores and thresholds are counted in steps of 1/10,000.
STEPS = 10_000


class Record(BaseModel):
    """Base of the manifest's parts: nothing unknown in them, nothing changed after reading."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class FileRecord(Record):
    """What a file of the artefact must be."""

    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    bytes: int = Field(ge=0)


class TrainingStatistics(Record):
    """What the model saw of one column in training.

    Numbers lie from `minimum` to `maximum`, `percentiles` are their 5th, 25th, 50th, 75th and 95th;
    fewer than 1 in 100 rows lie below `sparse_below` or above `sparse_above`. Categories and flags not
    in `levels` were never seen; `sparse_levels` were seen in fewer than 1 in 100 rows.
    """

    minimum: float | None = None
    maximum: float | None = None
    sparse_below: float | None = None
    sparse_above: float | None = None
    percentiles: tuple[float, ...] = ()
    levels: tuple[str, ...] = ()
    sparse_levels: tuple[str, ...] = ()
    fill: float | None = None


class FeatureRecord(Record):
    """A column of the question, what training saw of it, and whether the model uses it."""

    column: Column
    training: TrainingStatistics
    used: bool

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.column.kind == "number" and None in {self.training.minimum, self.training.maximum}:
            raise ValueError("a number needs training.minimum and training.maximum")
        return self


class CalibrationRecord(Record):
    """How raw logits became calibrated ones: slope * (logit - offset) + intercept."""

    method: str
    offset: float
    slope: float
    intercept: tuple[float, ...]
    rows: int


class Metrics(Record):
    """How long the training went, and how good the model is on held-out rows and on test rows.

    Held-out figures are calibrated by the other folds where there are folds; intervals are 95 %
    bootstrap percentiles over rows.
    """

    epochs: int
    best_epoch: int
    held_out: dict[str, float]
    test: dict[str, float]
    held_out_intervals: dict[str, tuple[float, float]] = {}
    test_intervals: dict[str, tuple[float, float]] = {}


class Subgroup(Record):
    """How the model does for some of the people, on held-out rows; None where too few had the outcome."""

    by: str
    group: str
    rows: int
    events: int | None
    figures: dict[str, float | None] = {}


class Importance(Record):
    """What shuffling one column costs on held-out rows, in average precision and area under the ROC."""

    column: str
    pr_auc: float
    roc_auc: float


class NetBenefit(Record):
    """One threshold of the decision curve: flagging by the model, flagging everybody; nobody is 0."""

    threshold: float
    model: float
    everybody: float


class DataRecord(Record):
    """The data behind the model: how many rows, and a digest over rows, not bytes."""

    rows: int
    fingerprint: str
    train: int
    validation: int
    test: int
    class_counts: dict[str, Annotated[int, Field(ge=1)]]
    train_class_counts: dict[str, Annotated[int, Field(ge=1)]]


class GoldenRows(Record):
    """Made-up rows and the probabilities that every engine must give for them."""

    rows: tuple[dict[str, Value], ...] = Field(min_length=1)
    probabilities: tuple[tuple[Probability, ...], ...]


class ClassScores(Record):
    """How probable the true class was for the held-out rows of one class: counts by step of 1/10,000."""

    steps: tuple[Annotated[int, Field(ge=0, le=STEPS)], ...]
    counts: tuple[Annotated[int, Field(gt=0)], ...]

    @model_validator(mode="after")
    def _check(self) -> Self:
        if len(self.steps) != len(self.counts) or any(a >= b for a, b in pairwise(self.steps)):
            raise ValueError("steps do not ascend, or are not as many as the counts")
        return self


class CountTable(Record):
    """How many held-out rows score at each step of 1/10,000: hits and misses, sparse and ascending.

    In a binary task a hit is a row with the outcome; otherwise a row whose most probable class is
    the true one. Probabilities are rounded down to a step, so a threshold with at most four
    decimals is answered exactly, and any other is rounded up to the next step.
    """

    steps: tuple[NonNegativeInt, ...]
    hits: tuple[NonNegativeInt, ...]
    misses: tuple[NonNegativeInt, ...]

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not len(self.steps) == len(self.hits) == len(self.misses):
            raise ValueError("steps, hits and misses are not equally many")
        if any(step >= following for step, following in pairwise(self.steps)):
            raise ValueError("the steps do not ascend")
        return self

    def at(self, threshold: float) -> tuple[int, int]:
        """Count the hits and misses at or above a threshold from 0 to 1."""
        # The small term undoes the rounding of products such as 0.07 * 10,000.
        step = int(-(-(threshold * STEPS - 1e-6) // 1))
        first = bisect_left(self.steps, step)
        return sum(self.hits[first:]), sum(self.misses[first:])


class OperatingPoint(Record):
    """A named threshold, the reason for it, and what it does to held-out rows, with 95 % intervals."""

    threshold: float = Field(ge=0, le=1)
    description: str
    rates: Rates = {}
    intervals: dict[str, tuple[float, float]] = {}


class Thresholds(Record):
    """A model's own default, its named operating points, and the counts behind them."""

    default: float = Field(ge=0, le=1)
    operating_points: dict[str, OperatingPoint]
    table: CountTable

    @model_validator(mode="after")
    def _check(self) -> Self:
        default = self.operating_points.get("default")
        if default is None or default.threshold != self.default:
            raise ValueError("the operating point `default` is missing, or is not the default threshold")
        if any(point.rates.keys() != default.rates.keys() for point in self.operating_points.values()):
            raise ValueError("the operating points do not have the same rates")
        return self

    def named(self, name: str) -> float:
        """Give the threshold of an operating point; UnknownOperatingPoint lists the names."""
        if name not in self.operating_points:
            names = ", ".join(self.operating_points)
            raise UnknownOperatingPoint(f"There is no operating point of that name; there are: {names}.")
        return self.operating_points[name].threshold

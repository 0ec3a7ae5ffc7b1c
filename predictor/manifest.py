"""The manifest: everything about an artefact that is not an array."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from predictor.features import Column, Value
from predictor.lowered import EncodedColumn, NetworkShape
from predictor.task import TaskKind
from predictor.thresholds import Thresholds
from predictor.uncertainty import ClassScores


class Record(BaseModel):
    """Base of the manifest's parts: nothing unknown in them, nothing changed after reading."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class FileRecord(Record):
    """What a file of the artefact must be."""

    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    bytes: int = Field(ge=0)


class Support(Record):
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
    training: Support
    used: bool


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
    class_counts: dict[str, int]
    train_class_counts: dict[str, int]


class Golden(Record):
    """Made-up rows and the probabilities that every engine must give for them."""

    rows: tuple[dict[str, Value], ...] = Field(min_length=1)
    probabilities: tuple[tuple[float, ...], ...]


class Manifest(Record):
    """One artefact, described."""

    format: int = 1
    task: str
    kind: TaskKind
    version: int = Field(ge=1)
    created: datetime
    files: dict[str, FileRecord]
    features: tuple[FeatureRecord, ...]
    features_fingerprint: str
    classes: tuple[str, ...]
    outcome: str
    encoding: tuple[EncodedColumn, ...]
    network: NetworkShape
    calibration: CalibrationRecord
    recipe: dict[str, JsonValue]
    data: DataRecord
    metrics: Metrics
    thresholds: Thresholds
    conformal: tuple[ClassScores, ...]
    subgroups: tuple[Subgroup, ...] = ()
    importance: tuple[Importance, ...] = ()
    decision_curve: tuple[NetBenefit, ...] = ()
    golden: Golden
    packages: dict[str, str]

    def to_json(self) -> str:
        """Write the manifest as it stands on disk."""
        return self.model_dump_json(indent=1) + "\n"

"""The manifest: everything about an artefact that is not an array."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError, model_validator

from predictor.errors import ArtefactCorrupt
from predictor.features import Column, Value
from predictor.lowered import EncodedColumn, NetworkShape
from predictor.seal import UNSEALED, seal
from predictor.task import Task, TaskKind
from predictor.thresholds import Thresholds
from predictor.uncertainty import ClassScores

Probability = Annotated[float, Field(ge=0, le=1)]


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


class Golden(Record):
    """Made-up rows and the probabilities that every engine must give for them."""

    rows: tuple[dict[str, Value], ...] = Field(min_length=1)
    probabilities: tuple[tuple[Probability, ...], ...]


class Manifest(Record):
    """One artefact, described; its parts fit together, or it is not read."""

    format: Literal[1] = 1
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
    # Stands last in the file; `predictor.seal` says of what it is the digest.
    digest: str = UNSEALED

    @model_validator(mode="after")
    def _check_classes(self) -> Self:
        outputs = 1 if self.kind == "binary" else len(self.classes)
        if self.network.outputs != outputs:
            raise ValueError("network.outputs: not one for two classes, or one a class for more")
        if len(self.conformal) != len(self.classes):
            raise ValueError("conformal: not one entry a class")
        if {*map(tuple, (self.data.class_counts, self.data.train_class_counts))} != {self.classes}:
            raise ValueError("data: the classes counted are not those of the manifest, in their order")
        return self

    @model_validator(mode="after")
    def _check_golden_probabilities(self) -> Self:
        if [len(given) for given in self.golden.probabilities] != [self.network.outputs] * len(
            self.golden.rows
        ):
            raise ValueError("golden.probabilities: not one tuple a row with one number an output")
        return self

    @model_validator(mode="after")
    def _check_encoding(self) -> Self:
        columns = {feature.column.name: feature.column for feature in self.features}
        for place, encoded in enumerate(self.encoding):
            column = columns.get(encoded.column)
            if column is None:
                raise ValueError(f"encoding.{place}.column: there is no such feature")
            if encoded.category not in (column.categories or (None,)):
                raise ValueError(f"encoding.{place}.category: the feature has no such category")
        return self

    def check_task(self, task: Task) -> None:
        """Raise ArtefactCorrupt, naming the place, unless features and golden rows are the task's."""
        columns = [feature.column.model_copy(update={"description": None}) for feature in self.features]
        if columns != [column.model_copy(update={"description": None}) for column in task.features.columns()]:
            raise ArtefactCorrupt("features: not the columns of the task in their order")
        for place, row in enumerate(self.golden.rows):
            try:
                task.features.model_validate(row)
            except ValidationError as error:
                raise ArtefactCorrupt(f"golden.rows.{place}.{tell_first(error)}") from None

    def to_json(self) -> str:
        """Write the manifest as it stands on disk, sealed with its own digest."""
        return seal(self.model_dump_json(indent=1).encode() + b"\n").decode()


def tell_first(error: ValidationError) -> str:
    """Give the place and the message of a validation's first error in one line, without any value."""
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    place = "".join(c if c.isprintable() else "?" for c in ".".join(map(str, first["loc"])))
    message = first["msg"].removeprefix("Value error, ")
    return f"{place}: {message}" if place else message

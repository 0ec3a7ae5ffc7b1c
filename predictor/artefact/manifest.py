"""The manifest: everything about an artefact that is not an array."""

from datetime import datetime
from typing import Literal, Self

from pydantic import Field, JsonValue, ValidationError, model_validator

from predictor.artefact.checksum import EMPTY_CHECKSUM, add_checksum
from predictor.artefact.records import (
    CalibrationRecord,
    ClassScores,
    DataRecord,
    FeatureRecord,
    FileRecord,
    GoldenRows,
    Importance,
    Metrics,
    NetBenefit,
    Record,
    Subgroup,
    Thresholds,
)
from predictor.artefact.weights import EncodedColumn, NetworkShape
from predictor.schema.errors import ArtefactCorrupt, describe_errors
from predictor.schema.task import Task, TaskKind


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
    golden: GoldenRows
    packages: dict[str, str]
    # Stands last in the file; `predictor.artefact.reader.checksum` says of what it is the digest.
    digest: str = EMPTY_CHECKSUM

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
                raise ArtefactCorrupt(f"golden.rows.{place}.{describe_errors(error)[0]}") from None

    def to_json(self) -> str:
        """Write the manifest as it stands on disk, sealed with its own digest."""
        return add_checksum(self.model_dump_json(indent=1).encode() + b"\n").decode()

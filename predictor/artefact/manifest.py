"""The manifest: everything about an artefact except its arrays."""

from datetime import datetime
from itertools import pairwise
from typing import Literal, Self

from pydantic import Field, JsonValue, model_validator

from predictor.artefact.checksum import EMPTY_CHECKSUM, add_checksum
from predictor.artefact.effects import Effect, ObservedRate
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
from predictor.artefact.weights import DrawnColumn, EncodedColumn, LikeColumn, NetworkShape
from predictor.schema.column import Column
from predictor.schema.task import Labels, TaskKind, labels_of


class Manifest(Record):
    """The description of one artefact; a manifest whose fields contradict each other is not accepted."""

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
    drawn: tuple[DrawnColumn, ...] = ()
    network: NetworkShape
    calibration: CalibrationRecord
    recipe: dict[str, JsonValue]
    data: DataRecord
    metrics: Metrics
    thresholds: Thresholds
    conformal: tuple[ClassScores, ...]
    subgroups: tuple[Subgroup, ...] = ()
    importance: tuple[Importance, ...] = ()
    effects: tuple[Effect, ...] = ()
    observed_rates: tuple[ObservedRate, ...] = ()
    decision_curve: tuple[NetBenefit, ...] = ()
    golden: GoldenRows
    packages: dict[str, str]
    # The last field of the file; `predictor.artefact.checksum` describes it.
    digest: str = EMPTY_CHECKSUM

    @model_validator(mode="after")
    def _check_classes(self) -> Self:
        outputs = 1 if self.kind == "binary" else len(self.classes)
        if self.network.outputs != outputs:
            raise ValueError("network.outputs: must be 1 for two classes, else the number of classes")
        if len(self.conformal) != len(self.classes):
            raise ValueError("conformal: must have one entry for each class")
        if {*map(tuple, (self.data.class_counts, self.data.train_class_counts))} != {self.classes}:
            raise ValueError("data: must count the classes of the manifest, in their order")
        if [len(of_row) for of_row in self.golden.probabilities] != [outputs] * len(self.golden.rows):
            raise ValueError("golden.probabilities: must have one number for each row and output")
        return self

    @model_validator(mode="after")
    def _check_encoding(self) -> Self:
        columns = {feature.column.name: feature.column for feature in self.features}
        for index, encoded in enumerate(self.encoding):
            column = columns.get(encoded.column)
            if column is None:
                raise ValueError(f"encoding.{index}.column: there is no such feature")
            if encoded.missing:
                if encoded.category is not None or column.is_numeric or not column.nullable:
                    raise ValueError(f"encoding.{index}.missing: it must be a nullable flag or category")
            elif encoded.category not in (column.categories or (None,)):
                raise ValueError(f"encoding.{index}.category: the feature has no such category")
            low, high = encoded.limits
            if not low <= high or (encoded.is_limited and not column.is_numeric):
                raise ValueError(f"encoding.{index}: only numbers have limits, of which the first is lower")
        return self

    @model_validator(mode="after")
    def _check_drawn(self) -> Self:
        used = {encoded.column for encoded in self.encoding}
        columns = {feature.column.name: feature.column for feature in self.features}
        if len({drawn.column for drawn in self.drawn}) < len(self.drawn):
            raise ValueError("drawn: a column is there twice")
        for index, drawn in enumerate(self.drawn):
            if drawn.column not in used:
                raise ValueError(f"drawn.{index}.column: the network does not use such a feature")
            if not all(like.column in used and _is_possible(like, columns) for like in drawn.like):
                raise ValueError(f"drawn.{index}.like: these are not codes of a feature that is used")
        return self

    @property
    def labels(self) -> Labels:
        """Give the label of each class in answers, as its task does."""
        return labels_of(self.classes)

    @property
    def limits(self) -> dict[str, tuple[float, float]]:
        """Give the limits of each column whose values are limited; one of both may be infinite."""
        return {encoded.column: encoded.limits for encoded in self.encoding if encoded.is_limited}

    @property
    def is_calibrated(self) -> bool:
        """Say whether the probabilities are calibrated; otherwise they are those of the networks."""
        return self.calibration.method != "none"

    def to_json(self) -> str:
        """Give the text of the manifest's file, checksum included."""
        return add_checksum(self.model_dump_json(indent=1).encode() + b"\n").decode()


def _is_possible(like: LikeColumn, columns: dict[str, Column]) -> bool:
    """Say whether the codes are those of the column's levels, or of the intervals of its numbers."""
    levels = columns[like.column].levels
    ascend = all(edge < following for edge, following in pairwise(like.edges))
    return like.codes == (len(levels) or len(like.edges) + 1) and ascend and not (levels and like.edges)

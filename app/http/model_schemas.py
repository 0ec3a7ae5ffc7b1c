"""What the server tells about itself and its models."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from predictor.artefact.records import Metrics, OperatingPoint, TrainingStatistics
from predictor.model.thresholds import ThresholdSource
from predictor.schema.features import Column
from predictor.schema.task import TaskKind


class Alive(BaseModel):
    """The process answers."""

    status: Literal["alive"] = "alive"


class Ready(BaseModel):
    """Every model is loaded and has reproduced its golden rows."""

    status: Literal["ready"] = "ready"
    models: dict[str, int] = Field(description="The version that is served of each model")


class ModelSummary(BaseModel):
    """One model that is served."""

    model: str
    title: str
    version: int
    kind: TaskKind
    outcome: str
    classes: tuple[str, ...]
    created: datetime


class ModelList(BaseModel):
    """The models that are served."""

    models: list[ModelSummary]


class FeatureDetail(Column):
    """A field of a row: what it may be, what training saw of it, and whether the model uses it."""

    training: TrainingStatistics
    used: bool


class ThresholdInForce(BaseModel):
    """The threshold that this server uses where a request names none."""

    threshold: float
    threshold_source: ThresholdSource


class ModelDetail(ModelSummary):
    """All that a caller may want to know of a model."""

    device: str
    features: list[FeatureDetail]
    metrics: Metrics
    default_threshold: float
    operating_points: dict[str, OperatingPoint]
    in_force: ThresholdInForce
    prevalence: Annotated[
        float | None,
        Field(description="The share of the outcome that this server's probabilities are for, if set for it"),
    ]


Rates = Annotated[
    dict[str, int | float | None],
    Field(description="Counts, and shares from 0 to 1; null where nothing can be divided"),
]


Intervals = Annotated[
    dict[str, tuple[float, float]],
    Field(
        description="95 % bootstrap intervals over the rows; counts have none, nor has a task of more classes"
    ),
]


class ThresholdRates(BaseModel):
    """What a threshold did on held-out rows.

    Out-of-fold rows of training: each is judged by the one member that did not learn from it, but
    such rows also said when that member stopped, and how the ensemble is calibrated.
    """

    threshold: float
    rates: Rates
    intervals: Intervals


class OperatingPointRates(OperatingPoint):
    """What a named operating point did on held-out rows; see `ThresholdRates`."""

    rates: Rates
    intervals: Intervals


class OperatingPoints(BaseModel):
    """The named operating points, and the rates at one more threshold if it was asked for."""

    model: str
    version: int
    operating_points: dict[str, OperatingPointRates]
    at: ThresholdRates | None

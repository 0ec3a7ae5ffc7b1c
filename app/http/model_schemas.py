"""Answers about the server and its models, for the routes and the OpenAPI document."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from predictor.artefact.records import Metrics, OperatingPoint, TrainingStatistics
from predictor.model.thresholds import ThresholdSource
from predictor.schema.column import Column
from predictor.schema.task import TaskKind


class Alive(BaseModel):
    """The process answers."""

    status: Literal["alive"] = "alive"


class Ready(BaseModel):
    """Every model that there is, is loaded and has reproduced its golden rows."""

    status: Literal["ready"] = "ready"
    models: dict[str, int] = Field(description="The served version of each model")
    not_trained: list[str] = Field(description="The tasks without a model")


class ModelSummary(BaseModel):
    """One served model."""

    model: str
    title: str
    version: int
    kind: TaskKind
    outcome: str
    classes: tuple[str, ...]
    created: datetime


class TaskWithoutModel(BaseModel):
    """A task that has no model yet; requests for it are answered with 503."""

    model: str
    title: str
    outcome: str
    detail: str = Field(description="The reason, and how to train a model")


class ModelList(BaseModel):
    """The served models, and the tasks without a model."""

    models: list[ModelSummary]
    not_trained: list[TaskWithoutModel]


class FeatureDetail(Column):
    """A field of a row: its valid values, its training statistics, and whether the model uses it."""

    training: TrainingStatistics
    used: bool
    limits: Annotated[
        tuple[float | None, float | None] | None,
        Field(description="The lowest and the highest number that the model uses, if they are limited"),
    ] = None


class ThresholdInForce(BaseModel):
    """The threshold that this server uses for a request without one."""

    threshold: float
    threshold_source: ThresholdSource


class ModelDetail(ModelSummary):
    """One served model in full."""

    device: str
    features: list[FeatureDetail]
    calibrated: Annotated[
        bool, Field(description="False where the probabilities are those of the network as it was trained")
    ]
    metrics: Metrics
    default_threshold: float
    operating_points: dict[str, OperatingPoint]
    in_force: ThresholdInForce
    prevalence: Annotated[
        float | None,
        Field(description="The prevalence that this server's probabilities are adjusted to, if one is set"),
    ]


Rates = Annotated[
    dict[str, int | float | None],
    Field(description="Counts, and shares from 0 to 1; null where the denominator is 0"),
]


Intervals = Annotated[
    dict[str, tuple[float, float]],
    Field(description="95 % bootstrap intervals over the rows; none for counts or for more than two classes"),
]


class ThresholdRates(BaseModel):
    """The rates of a threshold on held-out rows.

    The rows are out-of-fold rows of training: each is predicted by the one member that was not trained on it.
    But these rows also determined when the training of that member stopped, and the calibration.
    """

    threshold: float
    rates: Rates
    intervals: Intervals


class OperatingPointRates(OperatingPoint):
    """A named operating point with its rates on held-out rows; see `ThresholdRates`."""

    rates: Rates
    intervals: Intervals


class OperatingPoints(BaseModel):
    """The named operating points, and the rates of the requested threshold if there is one."""

    model: str
    version: int
    operating_points: dict[str, OperatingPointRates]
    at: ThresholdRates | None

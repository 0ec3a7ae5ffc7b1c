"""The answers of one task, for the OpenAPI document; `app.http.response_writer` writes them."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model
from pydantic_core import to_json

from predictor.model.input_warnings import RowWarning
from predictor.model.thresholds import ThresholdSource
from predictor.schema.task import Task

Probability = Annotated[float, Field(ge=0, le=1)]
Interval = Annotated[list[Probability], Field(min_length=2, max_length=2)]

# The document is that of every version of a model.
CALIBRATION = "It is calibrated unless `calibrated` is false."
# A field with a default would stand in every answer that a model of pydantic writes.
NOT_CALIBRATED = {
    "type": "boolean",
    "const": False,
    "description": "Only where the model is not calibrated: its probabilities are those of the networks",
}
SPREAD = "5th and 95th percentile of the ensemble's probabilities: its spread, not a confidence interval"


def single_model(task: Task) -> type[BaseModel]:
    """Describe the answer to one row."""
    fields = {**_outcome_fields(task), **_origin_fields(task), **WARNINGS}
    return _model(task, "Prediction", fields, {"calibrated": NOT_CALIBRATED})


def batch_model(task: Task) -> type[BaseModel]:
    """Describe the answer to a batch."""
    row = _model(task, "PredictionOfRow", {**_outcome_fields(task), **WARNINGS})
    rows = (list[row], Field(description="One for each row, in the order given"))  # type: ignore[valid-type]
    fields = {"predictions": rows, **_origin_fields(task)}
    return _model(task, "Predictions", fields, {"calibrated": NOT_CALIBRATED})


Fields = Mapping[str, Any]

WARNINGS: Fields = {
    "warnings": (
        list[RowWarning],
        Field(description="Values of this row that were imputed or are unusual for the training data"),
    )
}


def _outcome_fields(task: Task) -> Fields:
    members = Field(description="The classes that cannot be ruled out at the requested error rate")
    labels: Any = Literal[task.labels]
    if task.kind == "binary":
        negative, positive = (to_json(label).decode() for label in task.labels)
        probability = f"Probability of {task.outcome}, the class `{positive}`. {CALIBRATION}"
        label = f"`{positive}` exactly where probability >= threshold, else `{negative}`"
        return {
            "probability": (Probability, Field(description=probability)),
            "label": (labels, Field(description=label)),
            "interval": (Interval, Field(description=SPREAD)),
            "prediction_set": (list[labels], members),
        }
    probabilities = Field(
        description=f"Probability of each class of {task.outcome}; they sum to 1. {CALIBRATION}"
    )
    most_probable = Field(
        description="The most probable class; null where its probability is below threshold"
    )
    return {
        "probabilities": (_by_class(task, "Probabilities", Probability), probabilities),
        "label": (labels | None, most_probable),
        "interval": (_by_class(task, "Intervals", Interval), Field(description=SPREAD)),
        "prediction_set": (list[labels], members),
    }


def _by_class(task: Task, ending: str, kind: Any) -> type[BaseModel]:
    # A class may have any name, but a field must be an identifier.
    fields = {f"class_{i}": (kind, Field(alias=name)) for i, name in enumerate(task.classes)}
    return _model(task, ending, fields)


def _origin_fields(task: Task) -> Fields:
    source = Field(description="What set the threshold: the request, the server's settings, or the model")
    return {
        "threshold": (Probability, Field(description="The threshold behind the label")),
        "threshold_source": (ThresholdSource, source),
        "model": (Literal[task.name], ...),
        "version": (int, Field(ge=1, description="The version of the model that answered")),
    }


def _model(task: Task, ending: str, fields: Fields, sometimes: Fields | None = None) -> type[BaseModel]:
    """Describe an object; `sometimes` has the schemas of fields that are only in some answers."""

    def add(schema: dict[str, Any]) -> None:
        schema["properties"] |= sometimes or {}

    # Only the OpenAPI document needs these models, so they are built when it is first requested.
    config = ConfigDict(defer_build=True, json_schema_extra=add)
    model: type[BaseModel] = create_model(type_name(task, ending), __config__=config, **fields)
    return model


def type_name(task: Task, ending: str) -> str:
    """Name a type of this task in the OpenAPI document."""
    return "".join(part.capitalize() for part in task.name.split("_")) + ending

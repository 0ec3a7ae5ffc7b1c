"""The answers of one task: how they are made, and how they are documented.

The models here are for the OpenAPI document only. An answer is made as a plain mapping with the
same names in the same order, and a test holds the two together.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, create_model

from predictor.manifest import Manifest
from predictor.predictor import Predictions
from predictor.row_warnings import RowWarning
from predictor.task import Task
from predictor.thresholds import ChosenThreshold, ThresholdSource

Probability = Annotated[float, Field(ge=0, le=1)]
Answer = dict[str, object]


def single_answer(manifest: Manifest, predictions: Predictions, threshold: ChosenThreshold) -> Answer:
    """Answer one row."""
    outcome = _outcome(manifest, predictions.probabilities_BC[0].tolist(), threshold.value)
    return {**outcome, **_origin(manifest, threshold), "warnings": predictions.warnings[0]}


def batch_answer(manifest: Manifest, predictions: Predictions, threshold: ChosenThreshold) -> Answer:
    """Answer rows in the order given."""
    rows = [
        {**_outcome(manifest, probabilities, threshold.value), "warnings": warnings}
        for probabilities, warnings in zip(
            predictions.probabilities_BC.tolist(), predictions.warnings, strict=True
        )
    ]
    return {"predictions": rows, **_origin(manifest, threshold)}


def _outcome(manifest: Manifest, probabilities: list[float], threshold: float) -> Answer:
    if manifest.kind == "binary":
        (probability,) = probabilities
        return {"probability": probability, "label": int(probability >= threshold)}
    by_class = dict(zip(manifest.classes, probabilities, strict=True))
    likeliest = max(by_class, key=by_class.__getitem__)
    return {
        "probabilities": by_class,
        "label": likeliest if by_class[likeliest] >= threshold else None,
    }


def _origin(manifest: Manifest, threshold: ChosenThreshold) -> Answer:
    return {
        "threshold": threshold.value,
        "threshold_source": threshold.source,
        "model": manifest.task,
        "version": manifest.version,
    }


def single_model(task: Task) -> type[BaseModel]:
    """Describe the answer to one row."""
    return _model(task, "Prediction", {**_outcome_fields(task), **_origin_fields(task), **WARNINGS})


def batch_model(task: Task) -> type[BaseModel]:
    """Describe the answer to a batch."""
    row = _model(task, "PredictionOfRow", {**_outcome_fields(task), **WARNINGS})
    rows = (list[row], Field(description="One for each row, in the order given"))  # type: ignore[valid-type]
    return _model(task, "Predictions", {"predictions": rows, **_origin_fields(task)})


Fields = Mapping[str, Any]

WARNINGS: Fields = {
    "warnings": (
        list[RowWarning],
        Field(description="What to know about this row before trusting the answer"),
    )
}


def _outcome_fields(task: Task) -> Fields:
    if task.kind == "binary":
        probability = Field(description=f"Calibrated probability of {task.outcome}")
        label = Field(description="1 exactly where probability >= threshold")
        return {"probability": (Probability, probability), "label": (Literal[0, 1], label)}
    # Classes may have any name, which a field may not.
    classes = {f"class_{i}": (Probability, Field(alias=name)) for i, name in enumerate(task.classes)}
    probabilities = Field(
        description=f"Calibrated probability of each class of {task.outcome}; they sum to 1"
    )
    label = Field(description="The likeliest class; null where its probability is below threshold")
    return {
        "probabilities": (_model(task, "Probabilities", classes), probabilities),
        "label": (Literal[task.classes] | None, label),
    }


def _origin_fields(task: Task) -> Fields:
    source = Field(description="Who set the threshold: the request, the server's settings, or the model")
    return {
        "threshold": (Probability, Field(description="The threshold behind the label")),
        "threshold_source": (ThresholdSource, source),
        "model": (Literal[task.name], ...),
        "version": (int, Field(ge=1, description="The version of the model that answered")),
    }


def _model(task: Task, ending: str, fields: Fields) -> type[BaseModel]:
    model: type[BaseModel] = create_model(type_name(task, ending), **fields)
    return model


def type_name(task: Task, ending: str) -> str:
    """Name a type of this task in the OpenAPI document."""
    return "".join(part.capitalize() for part in task.name.split("_")) + ending

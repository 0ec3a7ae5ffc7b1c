"""POST /predict/{task} and /predict/{task}/batch: rows in, calibrated probabilities out."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, create_model

from app.answers import Answer, batch_answer, batch_model, single_answer, single_model, type_name
from app.errors import InvalidRequest
from app.query import PredictQuery
from app.routes.direct import Ask, DirectRoute
from app.settings import Settings
from predictor.errors import InvalidThreshold, UnknownOperatingPoint
from predictor.features import Features
from predictor.predictor import Predictor
from predictor.task import Task
from predictor.thresholds import ChosenThreshold


def predict_routes(name: str, predictors: Mapping[str, Predictor], settings: Settings) -> list[DirectRoute]:
    """Give the routes of one task. Its predictor is looked up once for each request."""
    task = predictors[name].task
    predict, predict_batch = answers_of(name, predictors, settings.thresholds.get(name))
    common: dict[str, Any] = {
        "query": PredictQuery,
        "max_body_bytes": settings.max_body_bytes,
        "tags": [task.title],
    }
    return [
        DirectRoute(
            f"/predict/{name}",
            predict,
            body=task.features,
            example=task.features.example,
            response_model=single_model(task),
            operation_id=f"predict_{name}",
            summary=f"Predict {task.outcome}",
            **common,
        ),
        DirectRoute(
            f"/predict/{name}/batch",
            predict_batch,
            body=batch_body(task, settings.max_batch),
            example={"instances": [task.features.example]},
            response_model=batch_model(task),
            operation_id=f"predict_{name}_batch",
            summary=f"Predict {task.outcome} for many rows",
            **common,
        ),
    ]


def answers_of(name: str, predictors: Mapping[str, Predictor], server: float | None) -> tuple[Ask, Ask]:
    """Give what answers one row, and what answers a batch; `server` is this server's threshold."""

    def predict(row: Features, query: PredictQuery) -> Answer:
        """Answer one row; `warnings` says what the model knows little about."""
        predictor = predictors[name]
        threshold = choose_threshold(predictor, server, query)
        return single_answer(predictor.manifest, predictor.predict([row], query.error_rate), threshold)

    # APP_MAX_BATCH bounds how long a batch keeps other requests waiting.
    def predict_batch(body: Any, query: PredictQuery) -> Answer:
        """Answer rows in the order given, each exactly as the call for one row does."""
        predictor = predictors[name]
        threshold = choose_threshold(predictor, server, query)
        return batch_answer(
            predictor.manifest, predictor.predict(body.instances, query.error_rate), threshold
        )

    return predict, predict_batch


def batch_body(task: Task, max_rows: int) -> type[BaseModel]:
    """Describe the body of a batch: 1 to `max_rows` rows, under `instances`."""
    rows = Annotated[list[task.features], Field(min_length=1, max_length=max_rows)]  # type: ignore[name-defined]
    model: type[BaseModel] = create_model(
        type_name(task, "Batch"),
        __config__=ConfigDict(strict=True, extra="forbid"),
        instances=(rows, ...),
    )
    return model


def choose_threshold(predictor: Predictor, server: float | None, query: PredictQuery) -> ChosenThreshold:
    """Take the request's choice, else the server's, else the model's; InvalidRequest if it is bad."""
    try:
        return ChosenThreshold.choose(
            predictor.manifest.thresholds,
            server,
            threshold=query.threshold,
            operating_point=query.operating_point,
        )
    except (InvalidThreshold, UnknownOperatingPoint) as error:
        raise InvalidRequest.at(("query", "operating_point"), str(error), "operating_point") from None

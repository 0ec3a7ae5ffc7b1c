"""POST /predict/{task} and /predict/{task}/batch: rows in, calibrated probabilities out."""

from collections.abc import Awaitable, Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, create_model
from starlette.types import Scope

from app.answer_models import batch_model, single_model, type_name
from app.body import JsonBody
from app.desk import Desk
from app.query import PredictQuery, predict_query
from app.repeated import QuoteCount
from app.routes.direct import DirectRoute, Guards
from app.settings import Settings
from predictor.features import Features
from predictor.task import Task


def predict_routes(
    name: str, desks: Mapping[str, Desk], settings: Settings, guards: Guards
) -> list[DirectRoute]:
    """Give the routes of one task. Its desk is looked up once for each request."""
    task = desks[name].predictor.task
    count = QuoteCount(task.features)
    example, most = task.features.example, settings.max_body_bytes
    row_body = JsonBody(task.features, example, most, count.of_row)
    rows = batch_body(task, settings.max_batch)
    rows_body = JsonBody(rows, {"instances": [example]}, most, lambda body: count.of_batch(body.instances))
    query = predict_query(lambda: desks[name].predictor.manifest.thresholds.operating_points)
    common: dict[str, Any] = {"query": query, "guards": guards, "tags": [task.title]}

    def predict(scope: Scope, row: Features, query: PredictQuery) -> Awaitable[bytes]:
        """Answer one row; `warnings` says what the model knows little about."""
        desk = desks[name]
        scope["model"] = desk.model
        return desk.answer(row, query, scope["began"])

    # APP_MAX_BATCH bounds how long a batch keeps other requests waiting.
    def predict_batch(scope: Scope, body: Any, query: PredictQuery) -> Awaitable[bytes]:
        """Answer rows in the order given, each exactly as the call for one row does."""
        desk = desks[name]
        scope["model"] = desk.model
        return desk.answer_batch(body.instances, query, scope["began"])

    return [
        DirectRoute(
            f"/predict/{name}",
            predict,
            body=row_body,
            response_model=single_model(task),
            operation_id=f"predict_{name}",
            summary=f"Predict {task.outcome}",
            **common,
        ),
        DirectRoute(
            f"/predict/{name}/batch",
            predict_batch,
            body=rows_body,
            response_model=batch_model(task),
            operation_id=f"predict_{name}_batch",
            summary=f"Predict {task.outcome} for many rows",
            **common,
        ),
    ]


def batch_body(task: Task, max_rows: int) -> type[BaseModel]:
    """Describe the body of a batch: 1 to `max_rows` rows, under `instances`."""
    rows = Annotated[list[task.features], Field(min_length=1, max_length=max_rows)]  # type: ignore[name-defined]
    model: type[BaseModel] = create_model(
        type_name(task, "Batch"),
        __config__=ConfigDict(strict=True, extra="forbid"),
        instances=(rows, ...),
    )
    return model

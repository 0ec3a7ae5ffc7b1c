"""POST /predict/{task} and /predict/{task}/batch: rows in, calibrated probabilities out."""

from collections.abc import Awaitable, Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, create_model
from starlette.types import Scope

from app.http.duplicate_keys import QuoteCount
from app.http.query_params import PredictQuery, predict_query
from app.http.request_body import JsonBody
from app.http.response_schemas import batch_model, single_model, type_name
from app.inference.model_service import ModelService
from app.routes.fast_route import DirectRoute, Guards
from app.settings import Settings
from predictor.schema.features import Features
from predictor.schema.task import Task

Desks = Mapping[str, ModelService]


def predict_routes(name: str, services: Desks, settings: Settings, guards: Guards) -> list[DirectRoute]:
    """Give the routes of one task."""
    task = services[name].predictor.task
    query = predict_query(lambda: services[name].predictor.manifest.thresholds.operating_points)
    shared: dict[str, Any] = {"query": query, "guards": guards, "tags": [task.title]}
    return [row_route(task, services, settings, shared), batch_route(task, services, settings, shared)]


def row_route(task: Task, services: Desks, settings: Settings, shared: Mapping[str, Any]) -> DirectRoute:
    """Give the route that answers one row."""

    def predict(scope: Scope, row: Features, query: PredictQuery) -> Awaitable[bytes]:
        """Answer one row; `warnings` says what the model knows little about."""
        service = look_up(task, services, scope)
        return service.answer(row, query, scope["began"])

    count = QuoteCount(task.features)
    example, limit = task.features.example, settings.max_body_bytes
    return DirectRoute(
        f"/predict/{task.name}",
        predict,
        body=JsonBody(task.features, example, limit, 1, count.most(), count.of_row),
        response_model=single_model(task),
        operation_id=f"predict_{task.name}",
        summary=f"Predict {task.outcome}",
        **shared,
    )


def batch_route(task: Task, services: Desks, settings: Settings, shared: Mapping[str, Any]) -> DirectRoute:
    """Give the route that answers many rows; APP_MAX_BATCH bounds how long it keeps others waiting."""

    def predict_batch(scope: Scope, body: Any, query: PredictQuery) -> Awaitable[bytes]:
        """Answer rows in the order given, each exactly as the call for one row does."""
        service = look_up(task, services, scope)
        return service.answer_batch(body.instances, query, scope["began"])

    model, example = batch_body(task, settings.max_batch), {"instances": [task.features.example]}
    count, limit = QuoteCount(task.features), settings.max_body_bytes
    rows, most = settings.max_batch, count.most(settings.max_batch)
    return DirectRoute(
        f"/predict/{task.name}/batch",
        predict_batch,
        body=JsonBody(model, example, limit, rows, most, lambda body: count.of_batch(body.instances)),
        response_model=batch_model(task),
        operation_id=f"predict_{task.name}_batch",
        summary=f"Predict {task.outcome} for many rows",
        **shared,
    )


def look_up(task: Task, services: Desks, scope: Scope) -> ModelService:
    """Give the desk that answers a request: looked up once, so that no answer mixes two versions."""
    service = services[task.name]
    scope["model"] = service.model
    return service


def batch_body(task: Task, max_rows: int) -> type[BaseModel]:
    """Describe the body of a batch: 1 to `max_rows` rows, under `instances`."""
    rows = Annotated[list[task.features], Field(min_length=1, max_length=max_rows)]  # type: ignore[name-defined]
    model: type[BaseModel] = create_model(
        type_name(task, "Batch"),
        __config__=ConfigDict(strict=True, extra="forbid"),
        instances=(rows, ...),
    )
    return model

"""POST /predict/{task} and /predict/{task}/batch: rows in, calibrated probabilities out."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, create_model

from app.answer_models import batch_model, single_model, type_name
from app.desk import Desk
from app.door import Door
from app.query import PredictQuery
from app.routes.direct import DirectRoute
from app.settings import Settings
from predictor.features import Features
from predictor.task import Task


def predict_routes(name: str, desks: Mapping[str, Desk], settings: Settings, door: Door) -> list[DirectRoute]:
    """Give the routes of one task. Its desk is looked up once for each request."""
    task = desks[name].predictor.task
    common: dict[str, Any] = {"query": PredictQuery, "door": door, "tags": [task.title]}

    async def predict(row: Features, query: PredictQuery) -> bytes:
        """Answer one row; `warnings` says what the model knows little about."""
        return await desks[name].answer(row, query)

    # APP_MAX_BATCH bounds how long a batch keeps other requests waiting.
    async def predict_batch(body: Any, query: PredictQuery) -> bytes:
        """Answer rows in the order given, each exactly as the call for one row does."""
        return desks[name].answer_batch(body.instances, query)

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


def batch_body(task: Task, max_rows: int) -> type[BaseModel]:
    """Describe the body of a batch: 1 to `max_rows` rows, under `instances`."""
    rows = Annotated[list[task.features], Field(min_length=1, max_length=max_rows)]  # type: ignore[name-defined]
    model: type[BaseModel] = create_model(
        type_name(task, "Batch"),
        __config__=ConfigDict(strict=True, extra="forbid"),
        instances=(rows, ...),
    )
    return model

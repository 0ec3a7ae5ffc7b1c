"""POST /predict/{task} and /predict/{task}/batch: rows in, probabilities out.

FastAPI documents these routes from the same models that validate the requests, but it does not run them:
`PredictRoute.respond` handles a request from its start to its answer.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Body
from fastapi.routing import APIRoute
from starlette.types import Receive, Scope, Send

from app.http.openapi import documented_endpoint, problems
from app.http.query_params import parse_query, predict_query_model
from app.http.request_body import BatchBody, RowBody, read_body
from app.http.response_schemas import batch_model, single_model
from app.http.response_writer import send_json
from app.inference.batching import BatchQueue
from app.inference.services import Services
from app.security.access_control import AccessControl
from app.settings import Settings
from predictor.schema.task import Task

ROW_DESCRIPTION = (
    "Send one row as JSON. The answer has its probability, the label at the threshold, how far the "
    "members of the model disagree, and the classes that cannot be ruled out. `warnings` lists values "
    "that were imputed or are unusual in the training data."
)
BATCH_DESCRIPTION = (
    "Send rows as JSON, under `instances`. They are answered in the order given, each exactly as a "
    "request for this row alone."
)


class PredictRoute(APIRoute):
    """POST of JSON to one task: one row, or with a `BatchBody` many rows."""

    def __init__(
        self,
        task: Task,
        body: RowBody | BatchBody,
        services: Services,
        access_control: AccessControl,
        batch_queue: BatchQueue,
        max_body_bytes: int,
    ) -> None:
        self._task_name = task.name
        self._body = body
        self._query_model = predict_query_model(lambda: services.operating_points(task.name))
        self._services = services
        self._access_control = access_control
        self._batch_queue = batch_queue
        self._max_body_bytes = max_body_bytes
        self._is_batch = isinstance(body, BatchBody)
        super().__init__(**self._documentation(task))
        self.app = self.respond

    async def respond(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; a step that refuses the request raises an error with the reason."""
        scope["route"] = self
        self._access_control.authorize(scope)
        self._batch_queue.refuse_if_full()
        # The service is looked up once, so that a reload cannot mix two versions in one answer.
        service = self._services[self._task_name]
        query = parse_query(scope["query_string"], self._query_model)
        content = await read_body(dict(scope["headers"]), receive, self._max_body_bytes)
        rows = self._body.parse(content)
        scope["model"] = service.model_id
        threshold = service.choose_threshold(query)
        predictions = await self._batch_queue.predict(
            service.predictor, rows, query.error_rate, scope["started"]
        )
        write = service.writer.batch if self._is_batch else service.writer.row
        await send_json(send, write(predictions, threshold))

    def _documentation(self, task: Task) -> dict[str, Any]:
        access, suffix = self._access_control, "_batch" if self._is_batch else ""
        body: Any = Annotated[self._body.model, Body(examples=[self._body.example])]
        description = BATCH_DESCRIPTION if self._is_batch else ROW_DESCRIPTION
        return {
            "path": f"/predict/{task.name}{suffix.replace('_', '/')}",
            "endpoint": documented_endpoint(f"predict{suffix}", description, body, self._query_model),
            "methods": ["POST"],
            "operation_id": f"predict_{task.name}{suffix}",
            "summary": f"Predict {task.outcome}{' for many rows' if self._is_batch else ''}",
            "tags": [task.title],
            "response_model": batch_model(task) if self._is_batch else single_model(task),
            "responses": access.responses() | problems(413, 415, 422, 500, 503),
            "dependencies": access.dependencies(),
        }


def predict_routes(
    services: Services, settings: Settings, access_control: AccessControl, batch_queue: BatchQueue
) -> list[PredictRoute]:
    """Give both routes of every task."""
    tasks = services.tasks.values()
    bodies = [(task, body) for task in tasks for body in (RowBody(task), BatchBody(task, settings.max_batch))]
    return [
        PredictRoute(task, body, services, access_control, batch_queue, settings.max_body_bytes)
        for task, body in bodies
    ]


def unknown_model_router(services: Services, access_control: AccessControl) -> APIRouter:
    """Give the routes of names that no task has; their answer lists the names that there are."""
    router = APIRouter(prefix="/predict", dependencies=access_control.dependencies(), include_in_schema=False)

    @router.post("/{task}")
    @router.post("/{task}/batch")
    async def predict_unknown(task: str) -> None:
        _ = services[task]

    return router

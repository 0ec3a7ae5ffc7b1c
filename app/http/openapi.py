"""The OpenAPI document: FastAPI writes it, and this module adds texts, example answers and problems."""

import inspect
from collections.abc import Callable, Collection, Mapping
from typing import Annotated, Any

from fastapi import FastAPI, Query, Request, Response
from pydantic import BaseModel
from pydantic_core import to_json
from starlette.types import ASGIApp, Receive, Scope, Send

from app.http.document_texts import DESCRIPTION, OPERATIONS, describe_schemas, describe_tags
from app.http.problem_details import MEDIA_TYPE, TITLES, Problem
from predictor import __version__
from predictor.schema.task import Task

SCHEMAS = "#/components/schemas/"


class DocumentedApp(FastAPI):
    """FastAPI without redirects, third-party scripts or telemetry; its document includes `Problem`.

    The document is written again when `document_key` returns another value, such as other models.
    `examples` then gives the example answers by path and name, and `tasks` are those that it describes.
    """

    def __init__(
        self,
        tasks: Collection[Task],
        document_key: Callable[[], object],
        examples: Callable[[], Mapping[str, Mapping[str, Any]]],
        **options: Any,
    ) -> None:
        self._tasks = tasks
        self._document_key = document_key
        self._examples = examples
        self._documented: object = None
        # The document as JSON, by the prefix that a proxy has removed from the path.
        self._written: dict[str, bytes] = {}
        super().__init__(
            title="Prediction service",
            version=__version__,
            description=DESCRIPTION,
            openapi_tags=describe_tags(tasks),
            docs_url=None,
            redoc_url=None,
            # A redirect would be built from the Host header, which the client chooses.
            redirect_slashes=False,
            telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
            **options,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Call the middleware as Starlette does; FastAPI would first look for telemetry."""
        scope["app"] = self
        if self.middleware_stack is None:
            self.middleware_stack = self.build_middleware_stack()
        await self.middleware_stack(scope, receive, send)

    def build_middleware_stack(self) -> ASGIApp:
        """Put the middleware of this application before FastAPI's, without its ServerErrorMiddleware."""
        own_middleware, self.user_middleware = self.user_middleware, []
        server_error_middleware: Any = super().build_middleware_stack()
        app: ASGIApp = server_error_middleware.app
        for middleware, args, options in reversed(own_middleware):
            app = middleware(app, *args, **options)
        return app

    def setup(self) -> None:
        """Add the route of the document; FastAPI's own would write the whole document for each request."""
        if self.openapi_url:
            self.add_route(self.openapi_url, self._answer_document, include_in_schema=False)

    async def _answer_document(self, request: Request) -> Response:
        document, root_path = self.openapi(), request.scope.get("root_path", "").rstrip("/")
        if root_path not in self._written:
            servers = {"servers": [{"url": root_path}]} if root_path else {}
            self._written[root_path] = to_json(document | servers)
        return Response(self._written[root_path], media_type="application/json")

    def openapi(self) -> dict[str, Any]:
        """Give the document, made once for each value of `document_key`."""
        key = self._document_key()
        if key != self._documented:
            self.openapi_schema = None
            self._complete(super().openapi())
            self._documented, self._written = key, {}
        return super().openapi()

    def _complete(self, document: dict[str, Any]) -> None:
        """Add what FastAPI does not know to a new document."""
        schemas = document["components"]["schemas"]
        schemas |= _problem_schemas()
        texts = describe_schemas(self._tasks)
        for name, schema in schemas.items():
            # Without Python's docstrings, the document would have none of them.
            schema.pop("description", None)
            schema.update({"description": texts[name]} if name in texts else {})
        examples = self._examples()
        for path, operations in document["paths"].items():
            for operation in operations.values():
                _add_texts(operation)
                _add_examples(operation, examples.get(path, {}))


def documented_endpoint(
    name: str, description: str, body: Any, query: type[BaseModel]
) -> Callable[..., None]:
    """Make an endpoint for the document alone: FastAPI reads its signature, and no request calls it.

    `body` is annotated as FastAPI expects it.
    """

    def endpoint() -> None:
        raise AssertionError("this endpoint only documents its route")

    keyword = inspect.Parameter.KEYWORD_ONLY
    parameters = {"body": body, "query": Annotated[query, Query()]}
    endpoint.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [inspect.Parameter(key, keyword, annotation=annotation) for key, annotation in parameters.items()]
    )
    endpoint.__name__, endpoint.__doc__ = name, description
    return endpoint


def _add_texts(operation: dict[str, Any]) -> None:
    texts = OPERATIONS.get(operation["operationId"])
    if texts is not None:
        operation["summary"], operation["description"] = texts
    answer = operation["responses"]["200"]
    if answer["description"] == "Successful Response":
        answer["description"] = "The answer"


def _add_examples(operation: dict[str, Any], answers: Mapping[str, Any]) -> None:
    if answers:
        content = operation["responses"]["200"]["content"]["application/json"]
        content["examples"] = {name: {"value": answer} for name, answer in answers.items()}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Describe the problems that an operation may answer with, as a route's `responses`."""
    return {
        status: {"description": TITLES[status], "content": {MEDIA_TYPE: _problem_content(status)}}
        for status in statuses
    }


def _problem_content(status: int) -> dict[str, Any]:
    example = Problem(
        title=TITLES[status],
        status=status,
        detail="What is wrong with this request, and what to do",
        request_id="example-1",
    )
    schema = {"$ref": f"{SCHEMAS}Problem"}
    return {"schema": schema, "example": example.model_dump(mode="json", exclude_none=True)}


def _problem_schemas() -> dict[str, Any]:
    schema: dict[str, Any] = Problem.model_json_schema(ref_template=SCHEMAS + "{model}")
    return {**schema.pop("$defs"), "Problem": schema}

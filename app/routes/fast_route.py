"""The short way from bytes to bytes, for the endpoints that take a JSON body.

FastAPI documents these routes like any other, from the same two models that check the request.
But a request takes a shorter way than FastAPI's, and `DirectRoute._respond` is that way:

1. `app.middleware.request_context` has named the request, and `app.routes.fast_path` found the route by one look-up.
2. `Guards`: the key, the rate, and whether there is a place to wait.
3. `app.http.query_params`: the query string, most often empty.
4. `app.http.request_body`: the body is read, and parsed and checked in one step by pydantic's core.
5. `ask`, the route's own: `app.inference.model_service` chooses the threshold and waits in `app.inference.batching` for its turn, in
   which `predictor` answers all rows that wait, and `app.http.response_writer` writes bytes without a second check.
6. The bytes are sent; the porch leaves a note in `app.observability.request_log`, which logs and counts later.
"""

import inspect
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, NamedTuple

from fastapi import Body, Query
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.types import Receive, Scope, Send

from app.http.openapi import problems
from app.http.query_params import parse_query
from app.http.request_body import JSON, JsonBody, read_body, refuse_other_types
from app.inference.batching import BatchQueue
from app.security.access_control import AccessControl

Ask = Callable[[Scope, Any, Any], Awaitable[bytes]]

CONTENT_TYPE = (b"content-type", JSON)


class Guards(NamedTuple):
    """What a request has to get past before its body is read."""

    access_control: AccessControl
    batch_queue: BatchQueue

    def check(self, scope: Scope) -> None:
        """Let a request in, or raise what says why not."""
        self.access_control.authorize(scope)
        self.batch_queue.refuse_if_full()


class DirectRoute(APIRoute):
    """POST of JSON: `ask(scope, body, query)` gives the answer, once both are as their models say."""

    def __init__(
        self,
        path: str,
        ask: Ask,
        *,
        body: JsonBody,
        query: type[BaseModel],
        guards: Guards,
        **documentation: Any,
    ) -> None:
        endpoint = _documented(ask, body, query)
        responses = guards.access_control.responses() | problems(413, 415, 422, 500, 503)
        documentation |= {"responses": responses, "dependencies": guards.access_control.dependencies()}
        super().__init__(path, endpoint, methods=["POST"], **documentation)
        self._guards = guards
        self._ask = ask
        self._body = body
        self._query = query
        self.app = self._respond  # in place of FastAPI's own way

    async def _respond(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["route"] = self
        self._guards.check(scope)
        query = parse_query(scope["query_string"], self._query)
        headers = dict(scope["headers"])
        refuse_other_types(headers)
        body = self._body.parse(await read_body(headers, receive, self._body.max_bytes))
        answer = await self._ask(scope, body, query)
        length = (b"content-length", str(len(answer)).encode())
        await send({"type": "http.response.start", "status": 200, "headers": [CONTENT_TYPE, length]})
        await send({"type": "http.response.body", "body": answer})


def _documented(ask: Ask, body: JsonBody, query: type[BaseModel]) -> Callable[..., None]:
    """Make the endpoint whose signature becomes the OpenAPI document; it is never called."""

    def endpoint() -> None:
        raise AssertionError("a DirectRoute answers without its endpoint")

    keyword = inspect.Parameter.KEYWORD_ONLY
    parameters = {
        "body": Annotated[body.model, Body(examples=[body.example])],
        "query": Annotated[query, Query()],
    }
    endpoint.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [inspect.Parameter(name, keyword, annotation=annotation) for name, annotation in parameters.items()]
    )
    endpoint.__name__, endpoint.__doc__ = ask.__name__, ask.__doc__
    return endpoint

"""The short way from bytes to bytes, for the endpoints that take a JSON body.

FastAPI documents these routes like any other, from the same two models that check the request.
But a request takes a shorter way than FastAPI's: its body is parsed and checked in one step by
pydantic's core, and the answer, which this program made itself, is written without a second check.
"""

import inspect
from collections.abc import Callable, Mapping
from typing import Annotated, Any

from fastapi import Body, Query
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError
from pydantic_core import to_json
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.document import problems
from app.errors import BodyTooLarge, InvalidRequest, UnsupportedMediaType
from app.query import parse_query

Answer = Mapping[str, object]
Ask = Callable[[Any, Any], Answer]


class DirectRoute(APIRoute):
    """POST of JSON: `ask(body, query)` gives the answer, once both are what their models say."""

    def __init__(
        self,
        path: str,
        ask: Ask,
        *,
        body: type[BaseModel],
        query: type[BaseModel],
        max_body_bytes: int,
        example: object,
        **documentation: Any,
    ) -> None:
        endpoint = _documented(ask, body, query, example)
        responses = problems(413, 415, 422, 500)
        super().__init__(path, endpoint, methods=["POST"], responses=responses, **documentation)
        self._ask = ask
        self._body = body
        self._query = query
        self._max_body_bytes = max_body_bytes
        self.app = self._respond  # in place of FastAPI's own way

    async def _respond(self, scope: Scope, receive: Receive, send: Send) -> None:
        refuse_other_types(scope)
        query = parse_query(scope["query_string"], self._query)
        content = await read_body(scope, receive, self._max_body_bytes)
        answer = self._ask(self._parse(content), query)
        await Response(to_json(answer), media_type="application/json")(scope, receive, send)

    def _parse(self, content: bytes) -> BaseModel:
        try:
            return self._body.model_validate_json(content)
        except ValidationError as error:
            raise InvalidRequest.from_validation(error, "body") from None


def refuse_other_types(scope: Scope) -> None:
    """Take plain application/json, and nothing compressed; UnsupportedMediaType for the rest."""
    media_type = _header(scope, b"content-type").partition(b";")[0].strip().lower()
    if media_type != b"application/json":
        raise UnsupportedMediaType("Send the body as JSON, with the header Content-Type: application/json.")
    if _header(scope, b"content-encoding").lower() not in {b"", b"identity"}:
        raise UnsupportedMediaType("Send the body as it is, without Content-Encoding.")


async def read_body(scope: Scope, receive: Receive, limit: int) -> bytes:
    """Read the whole body; BodyTooLarge as soon as it is known to be longer than `limit` bytes."""
    promised = _header(scope, b"content-length")
    if promised.isdigit() and int(promised) > limit:
        raise BodyTooLarge(f"The body may have at most {limit} bytes.")
    content, more = bytearray(), True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        content += message.get("body", b"")
        more = message.get("more_body", False)
        if len(content) > limit:
            raise BodyTooLarge(f"The body may have at most {limit} bytes.")
    return bytes(content)


def _header(scope: Scope, name: bytes) -> bytes:
    return next((value for key, value in scope["headers"] if key == name), b"")


def _documented(
    ask: Ask, body: type[BaseModel], query: type[BaseModel], example: object
) -> Callable[..., None]:
    """Make the endpoint whose signature becomes the OpenAPI document; it is never called."""

    def endpoint() -> None:
        raise AssertionError("a DirectRoute answers without its endpoint")

    keyword = inspect.Parameter.KEYWORD_ONLY
    parameters = {
        "body": Annotated[body, Body(examples=[example])],
        "query": Annotated[query, Query()],
    }
    endpoint.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [inspect.Parameter(name, keyword, annotation=annotation) for name, annotation in parameters.items()]
    )
    endpoint.__name__, endpoint.__doc__ = ask.__name__, ask.__doc__
    return endpoint

"""The short way from bytes to bytes, for the endpoints that take a JSON body.

FastAPI documents these routes like any other, from the same two models that check the request.
But a request takes a shorter way than FastAPI's: its body is parsed and checked in one step by
pydantic's core, and the answer, which this program made itself, is written without a second check.
"""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any

from fastapi import Body, Query
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from app.document import problems
from app.door import Door
from app.errors import BodyTooLarge, InvalidRequest, UnsupportedMediaType
from app.query import parse_query

Ask = Callable[[Any, Any], Awaitable[bytes]]
Headers = Mapping[bytes, bytes]

JSON = (b"content-type", b"application/json")


class DirectRoute(APIRoute):
    """POST of JSON: `ask(body, query)` gives the answer as JSON, once both are what their models say."""

    def __init__(
        self,
        path: str,
        ask: Ask,
        *,
        body: type[BaseModel],
        query: type[BaseModel],
        door: Door,
        example: object,
        **documentation: Any,
    ) -> None:
        endpoint = _documented(ask, body, query, example)
        responses = door.responses() | problems(413, 415, 422, 500)
        documentation |= {"responses": responses, "dependencies": door.dependencies()}
        super().__init__(path, endpoint, methods=["POST"], **documentation)
        self._ask = ask
        self._body = body
        self._query = query
        self._door = door
        self.app = self._respond  # in place of FastAPI's own way

    async def _respond(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._door.check(scope)
        headers = dict(scope["headers"])
        refuse_other_types(headers)
        query = parse_query(scope["query_string"], self._query)
        content = await read_body(headers, receive, self._door.max_body_bytes)
        answer = await self._ask(self._parse(content), query)
        length = (b"content-length", str(len(answer)).encode())
        await send({"type": "http.response.start", "status": 200, "headers": [JSON, length]})
        await send({"type": "http.response.body", "body": answer})

    def _parse(self, content: bytes) -> BaseModel:
        try:
            return self._body.model_validate_json(content)
        except ValidationError as error:
            raise InvalidRequest.from_validation(error, "body") from None


def refuse_other_types(headers: Headers) -> None:
    """Take plain application/json, and nothing compressed; UnsupportedMediaType for the rest."""
    given = headers.get(b"content-type", b"")
    media_type = given if given == JSON[1] else given.partition(b";")[0].strip().lower()
    if media_type != JSON[1]:
        raise UnsupportedMediaType("Send the body as JSON, with the header Content-Type: application/json.")
    if headers.get(b"content-encoding", b"").lower() not in {b"", b"identity"}:
        raise UnsupportedMediaType("Send the body as it is, without Content-Encoding.")


async def read_body(headers: Headers, receive: Receive, limit: int) -> bytes:
    """Read the whole body; BodyTooLarge as soon as it is known to be longer than `limit` bytes."""
    promised = headers.get(b"content-length", b"")
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

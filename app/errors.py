"""The one exit for all trouble: every error leaves as an `application/problem+json` document.

RequestRefused
├── InvalidRequest        the body or the query is not what it must be (422)
├── BodyTooLarge          the body is longer than this server takes (413)
├── UnsupportedMediaType  the body is not plain JSON (415)
├── KeyRefused            the request shows no key that is known (401)
├── TooManyRequests       its client asks more often than it may (429)
└── Overloaded            too many requests wait already, or one waited too long (503)

Beside these come those of `app.malformed`, predictor's own errors, which carry their status, and
the framework's. No answer repeats a value that was sent.
"""

import logging
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Self

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field, ValidationError
from pydantic_core import to_json
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Scope

from app.log import places_of
from predictor.errors import PredictorError

MEDIA_TYPE = "application/problem+json"
MAX_ERRORS = 20
MAX_NAME = 64  # bytes

TITLES = {
    400: "Bad request",
    401: "A key is needed",
    404: "Not found",
    405: "Method not allowed",
    408: "Request too slow",
    413: "Body too large",
    415: "Unsupported media type",
    422: "The request is not valid",
    429: "Too many requests",
    431: "Head too large",
    500: "Internal server error",
    503: "Service unavailable",
}

logger = logging.getLogger(__name__)


class FieldError(BaseModel):
    """What is wrong with one field, and where it stands; never what was sent."""

    loc: list[str | int] = Field(
        description="`body` or `query`, then names and row numbers down to the field"
    )
    msg: str
    type: str


class Problem(BaseModel):
    """An error, as RFC 9457 describes one."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    request_id: str = Field(description="The same as the header X-Request-ID")
    errors: list[FieldError] | None = Field(
        None, max_length=MAX_ERRORS, description="Only where the status is 422"
    )


class RequestRefused(Exception):
    """A request that is not answered, and why."""

    status: int
    headers: Mapping[str, str] = MappingProxyType({})

    def __init__(self, detail: str, errors: Sequence[FieldError] | None = None) -> None:
        super().__init__(detail)
        self.errors = errors


class BodyTooLarge(RequestRefused):
    """The body is longer than this server takes."""

    status = 413


class UnsupportedMediaType(RequestRefused):
    """The body is not plain JSON."""

    status = 415


class Overloaded(RequestRefused):
    """Too many requests are waiting, or this one has waited too long."""

    status = 503
    headers = MappingProxyType({"Retry-After": "1"})


class KeyRefused(RequestRefused):
    """The request shows no key that is known."""

    status = 401
    headers = MappingProxyType({"WWW-Authenticate": "ApiKey"})


class TooManyRequests(RequestRefused):
    """The client asks more often than it may; `wait_seconds` later it may again."""

    status = 429

    def __init__(self, detail: str, wait_seconds: int) -> None:
        super().__init__(detail)
        self.headers = {"Retry-After": str(wait_seconds)}


class InvalidRequest(RequestRefused):
    """The body or the query is not what it must be; `errors` names the fields."""

    status = 422

    @classmethod
    def at(cls, loc: tuple[str | int, ...], msg: str, kind: str) -> Self:
        """Refuse one field."""
        return cls.of([{"loc": loc, "msg": msg, "type": kind}])

    @classmethod
    def of(cls, troubles: Sequence[Mapping[str, Any]], place: str | None = None) -> Self:
        """Refuse what pydantic found wrong; `place` stands before each location."""
        before = () if place is None else (place,)
        errors = [
            FieldError(
                loc=[_plain(part) for part in (*before, *trouble["loc"])],
                msg=trouble["msg"],
                type=trouble["type"],
            )
            for trouble in troubles[:MAX_ERRORS]
        ]
        first, more = errors[0], len(troubles) - 1
        where = ".".join(str(part) for part in first.loc)
        return cls(f"{where}: {first.msg}" + (f" (and {more} more)" if more else ""), errors)

    @classmethod
    def from_validation(cls, error: ValidationError, place: str) -> Self:
        """Refuse what a model did not accept."""
        return cls.of(error.errors(include_url=False, include_context=False, include_input=False), place)


def _plain(part: str | int) -> str | int:
    # An unknown field's name is the client's own: it may be long, no valid Unicode, or of characters that
    # JSON writes with six each.
    if isinstance(part, int):
        return part
    printable = "".join(c if c.isprintable() else "?" for c in part[:MAX_NAME])
    return printable.encode()[:MAX_NAME].decode(errors="ignore")


def request_id(scope: Scope) -> str:
    """Give the id of the request, as the answer's X-Request-ID has it."""
    given: str = scope["request_id"]
    return given


def problem(
    scope: Scope,
    status: int,
    detail: str,
    *,
    errors: Sequence[FieldError] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Write the answer to a request that went wrong."""
    document = Problem(
        title=TITLES.get(status, "The request failed"),
        status=status,
        detail=detail,
        request_id=request_id(scope),
        errors=None if errors is None else list(errors),
    )
    return Response(to_json(document, exclude_none=True), status, headers, MEDIA_TYPE)


async def answer_refused(request: Request, error: RequestRefused) -> Response:
    """Answer a request that this server refused."""
    return problem(request.scope, error.status, str(error), errors=error.errors, headers=error.headers)


async def answer_invalid(request: Request, error: RequestValidationError) -> Response:
    """Answer a request that FastAPI refused."""
    return await answer_refused(request, InvalidRequest.of(error.errors()))


async def answer_predictor(request: Request, error: PredictorError) -> Response:
    """Answer with a fact about a model; a fault of the model itself is not the client's to read."""
    if error.status >= 500:  # noqa: PLR2004 (the number is its own best name)
        raise error
    return problem(request.scope, error.status, str(error))


async def answer_http(request: Request, error: HTTPException) -> Response:
    """Answer a path or a method that there is not."""
    details = {
        404: "There is nothing at this path.",
        405: "This path does not answer this method; the header Allow lists those it does.",
    }
    headers = dict(error.headers or {})
    if headers.get("Allow") == "GET":
        headers["Allow"] = "GET, HEAD"
    detail = details.get(error.status_code, str(error.detail))
    return problem(request.scope, error.status_code, detail, headers=headers)


async def answer_nobody(request: Request, error: ClientDisconnect) -> None:
    """Answer nothing: the client hung up while it was still sending."""


HANDLERS: dict[Any, Any] = {
    RequestRefused: answer_refused,
    RequestValidationError: answer_invalid,
    PredictorError: answer_predictor,
    HTTPException: answer_http,
    ClientDisconnect: answer_nobody,
}


def answer_unforeseen(error: Exception, scope: Scope) -> Response:
    """Answer 500 for what nobody foresaw and log where it was; neither says what was sent."""
    log_unforeseen(error, f"Request {request_id(scope)}", request_id=request_id(scope))
    detail = "The server made a mistake; its log has more under this request_id."
    return problem(scope, 500, detail)


def log_unforeseen(error: Exception, what: str, **facts: str) -> None:
    """Log an error's type and places, but not its text, which may hold a value that was sent."""
    places = places_of(error)
    logger.error(
        "%s failed with %s at %s.",
        what,
        type(error).__name__,
        places[-1],
        extra={"facts": {**facts, "error": type(error).__name__, "places": places}},
    )

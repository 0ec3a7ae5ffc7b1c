"""Error answers: every error is answered with an `application/problem+json` document (RFC 9457).

`HANDLERS` decides how each kind of error of `app.http.errors`, predictor and the framework is answered.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from pydantic_core import to_json
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Scope

from app.http.errors import MAX_ERRORS, FieldError, InvalidRequest, RequestRefused
from app.observability.log_lines import log_unexpected
from predictor.schema.errors import PredictorError

MEDIA_TYPE = "application/problem+json"
REQUEST_ID_HEADER = b"x-request-id"

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


def request_id(scope: Scope) -> str:
    """Give the id of the request, as the answer's X-Request-ID has it."""
    identifier: str = scope["request_id"]
    return identifier


def problem(
    scope: Scope,
    status: int,
    detail: str,
    *,
    errors: Sequence[FieldError] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Write the answer to a request that failed."""
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
    """Answer a request that FastAPI found invalid."""
    return await answer_refused(request, InvalidRequest.of(error.errors()))


async def answer_predictor(request: Request, error: PredictorError) -> Response:
    """Answer a request for something that a model lacks; errors with a 5xx status are raised again."""
    if error.status >= 500:  # noqa: PLR2004 (a named constant would explain no more)
        raise error
    return problem(request.scope, error.status, str(error))


async def answer_http(request: Request, error: HTTPException) -> Response:
    """Answer an unknown path or method."""
    details = {
        404: "There is nothing at this path.",
        405: "This path does not allow this method; the header Allow lists the allowed methods.",
    }
    headers = dict(error.headers or {})
    if headers.get("Allow") == "GET":
        headers["Allow"] = "GET, HEAD"
    detail = details.get(error.status_code, str(error.detail))
    return problem(request.scope, error.status_code, detail, headers=headers)


async def answer_disconnected(request: Request, error: ClientDisconnect) -> None:
    """Answer nothing: the client disconnected before its request was complete."""


HANDLERS: dict[Any, Any] = {
    RequestRefused: answer_refused,
    RequestValidationError: answer_invalid,
    PredictorError: answer_predictor,
    HTTPException: answer_http,
    ClientDisconnect: answer_disconnected,
}


def answer_unexpected(error: Exception, scope: Scope) -> Response:
    """Answer an unexpected error with 500 and log where it was raised; neither repeats a submitted value."""
    log_unexpected(error, f"Request {request_id(scope)}", request_id=request_id(scope))
    detail = "An internal error occurred; the server's log has more under this request_id."
    return problem(scope, 500, detail)

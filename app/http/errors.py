"""The errors that refuse a request; each carries its own HTTP status and headers.

RequestRefused
├── InvalidRequest        the body or the query is not valid (422)
├── BodyTooLarge          the body is longer than this server accepts (413)
├── UnsupportedMediaType  the body is not plain JSON (415)
├── FigureNotFound        the model card has no such figure (404)
├── KeyRefused            the request has no known key (401)
├── TooManyRequests       the client exceeds its rate limit (429)
├── Overloaded            too many requests wait already, or this one waited too long (503)
├── NotTrained            the task has no model yet (503)
└── ShuttingDown          the server is shutting down (503)

`app.server.bad_requests` adds those of the HTTP protocol, and the errors of `predictor` have a status, too.
`app.http.problem_details` turns all of them into answers. No error repeats a submitted value.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Self

from pydantic import BaseModel, Field, ValidationError

MAX_ERRORS = 20
MAX_NAME_BYTES = 64


class FieldError(BaseModel):
    """What is wrong with one field; never its submitted value."""

    loc: list[str | int] = Field(
        description="`body` or `query`, then names and row numbers down to the field"
    )
    msg: str
    type: str


class RequestRefused(Exception):
    """The server refuses the request; the text says why."""

    status: int
    headers: Mapping[str, str] = MappingProxyType({})

    def __init__(self, detail: str, errors: Sequence[FieldError] | None = None) -> None:
        super().__init__(detail)
        self.errors = errors


class BodyTooLarge(RequestRefused):
    """The body is longer than this server accepts."""

    status = 413


class UnsupportedMediaType(RequestRefused):
    """The body is not plain JSON."""

    status = 415


class Overloaded(RequestRefused):
    """Too many requests are waiting, or this one has waited too long."""

    status = 503
    headers = MappingProxyType({"Retry-After": "1"})


class NotTrained(RequestRefused):
    """The task has no model yet; the text says how to train one."""

    status = 503
    # A training run takes minutes.
    headers = MappingProxyType({"Retry-After": "60"})


class ShuttingDown(RequestRefused):
    """The server is shutting down, and answers only the requests that it has accepted."""

    status = 503
    headers = MappingProxyType({"Cache-Control": "no-store", "Retry-After": "1"})


class FigureNotFound(RequestRefused):
    """The served version has no such figure, or its file is not the one in the manifest."""

    status = 404


class KeyRefused(RequestRefused):
    """The request has no key that the server knows."""

    status = 401
    headers = MappingProxyType({"WWW-Authenticate": "ApiKey"})


class TooManyRequests(RequestRefused):
    """The client exceeds its rate limit; it may send the next request after `wait_seconds`."""

    status = 429

    def __init__(self, detail: str, wait_seconds: int) -> None:
        super().__init__(detail)
        self.headers = {"Retry-After": str(wait_seconds)}


class InvalidRequest(RequestRefused):
    """The body or the query is not valid; `errors` names the fields."""

    status = 422

    @classmethod
    def at(cls, loc: tuple[str | int, ...], msg: str, kind: str) -> Self:
        """Build the error for one field."""
        return cls.of([{"loc": loc, "msg": msg, "type": kind}])

    @classmethod
    def of(cls, details: Sequence[Mapping[str, Any]], prefix: str | None = None) -> Self:
        """Build the error from the details that pydantic gives; `prefix` is put before each location."""
        before = () if prefix is None else (prefix,)
        errors = [
            FieldError(
                loc=[_printable(part) for part in (*before, *detail["loc"])],
                msg=detail["msg"],
                type=detail["type"],
            )
            for detail in details[:MAX_ERRORS]
        ]
        first, more = errors[0], len(details) - 1
        where = ".".join(str(part) for part in first.loc)
        return cls(f"{where}: {first.msg}" + (f" (and {more} more)" if more else ""), errors)

    @classmethod
    def from_validation(cls, error: ValidationError, prefix: str) -> Self:
        """Build the error from a ValidationError of pydantic."""
        return cls.of(error.errors(include_url=False, include_context=False, include_input=False), prefix)


def _printable(part: str | int) -> str | int:
    # The client chose the name of an unknown field. The name may be long or invalid Unicode, or its
    # characters may each need six characters in JSON.
    if isinstance(part, int):
        return part
    printable = "".join(c if c.isprintable() else "?" for c in part[:MAX_NAME_BYTES])
    return printable.encode()[:MAX_NAME_BYTES].decode(errors="ignore")

"""The errors that refuse a request; each carries its own HTTP status and headers.

RequestRefused
├── InvalidRequest        the body or the query is not valid (422)
├── BodyTooLarge          the body is longer than this server accepts (413)
├── UnsupportedMediaType  the body is not plain JSON (415)
├── KeyRefused            the request has no known key (401)
├── TooManyRequests       the client exceeds its rate limit (429)
├── Overloaded            too many requests wait already, or this one waited too long (503)
└── ShuttingDown          the server has been told to stop (503)

`app.server.graceful_shutdown.bad_requests` adds those of the HTTP protocol, and predictor's own errors carry a status, too.
`app.http.problem_details` turns all of them into answers. None repeats a value that was sent.
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
    """A request that is refused, and why."""

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


class ShuttingDown(RequestRefused):
    """The server has been told to stop, and answers only the requests that it has accepted."""

    status = 503
    headers = MappingProxyType({"Cache-Control": "no-store", "Retry-After": "1"})


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
        """Refuse one field."""
        return cls.of([{"loc": loc, "msg": msg, "type": kind}])

    @classmethod
    def of(cls, details: Sequence[Mapping[str, Any]], prefix: str | None = None) -> Self:
        """Refuse the errors that pydantic found; `prefix` stands before each location."""
        before = () if prefix is None else (prefix,)
        errors = [
            FieldError(
                loc=[_plain(part) for part in (*before, *detail["loc"])],
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
        """Refuse what a pydantic model found invalid."""
        return cls.of(error.errors(include_url=False, include_context=False, include_input=False), prefix)


def _plain(part: str | int) -> str | int:
    # The client chose the name of an unknown field: it may be long, no valid Unicode, or of characters that
    # JSON writes with six characters each.
    if isinstance(part, int):
        return part
    printable = "".join(c if c.isprintable() else "?" for c in part[:MAX_NAME_BYTES])
    return printable.encode()[:MAX_NAME_BYTES].decode(errors="ignore")

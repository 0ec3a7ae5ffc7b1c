"""The body of a request: read up to a limit, then parsed and validated in one step by pydantic-core."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model
from starlette.requests import ClientDisconnect
from starlette.types import Receive

from app.http.duplicate_keys import QuoteCount, refuse_duplicate_keys
from app.http.errors import BodyTooLarge, InvalidRequest, UnsupportedMediaType
from app.http.response_schemas import type_name
from predictor.schema.features import Features
from predictor.schema.task import Task

Headers = Mapping[bytes, bytes]

JSON = b"application/json"


class RowBody:
    """A body that is one row of a task."""

    def __init__(self, task: Task) -> None:
        self.model: type[BaseModel] = task.features
        self.example: object = task.features.example
        self._quotes = QuoteCount(task.features)
        self._max_quotes = self._quotes.maximum()

    def parse(self, content: bytes) -> list[Features]:
        """Give the row; InvalidRequest names each field that is not valid."""
        refuse_too_many_keys(content, self._max_quotes, "1 row")
        row: Any = validate(content, self.model)
        refuse_duplicate_keys(content, self._quotes.of_row(row))
        return [row]


class BatchBody:
    """A body that is `{"instances": rows}`, with 1 to `max_rows` rows of a task."""

    def __init__(self, task: Task, max_rows: int) -> None:
        self.model = batch_body_model(task, max_rows)
        self.example: object = {"instances": [task.features.example]}
        self._quotes = QuoteCount(task.features)
        self._max_quotes = self._quotes.maximum(max_rows)
        self._rows = f"{max_rows} rows"

    def parse(self, content: bytes) -> list[Features]:
        """Give the rows; InvalidRequest names each field that is not valid."""
        refuse_too_many_keys(content, self._max_quotes, self._rows)
        body: Any = validate(content, self.model)
        rows: list[Features] = body.instances
        refuse_duplicate_keys(content, self._quotes.of_batch(rows))
        return rows


def batch_body_model(task: Task, max_rows: int) -> type[BaseModel]:
    """Describe the body of a batch."""
    rows = Annotated[list[task.features], Field(min_length=1, max_length=max_rows)]  # type: ignore[name-defined]
    model: type[BaseModel] = create_model(
        type_name(task, "Batch"),
        __config__=ConfigDict(strict=True, extra="forbid"),
        instances=(rows, ...),
    )
    return model


def validate(content: bytes, model: type[BaseModel]) -> BaseModel:
    """Parse and validate JSON in one step; InvalidRequest names each field that is not valid."""
    try:
        return model.model_validate_json(content)
    except ValidationError as error:
        raise InvalidRequest.from_validation(error, "body") from None


def refuse_too_many_keys(content: bytes, max_quotes: int, rows: str) -> None:
    """Refuse a body with so many unknown keys that reporting each of them would block other requests."""
    if content.count(b'"') > max_quotes:
        message = f"There are more keys and texts than {rows} can have"
        raise InvalidRequest.at(("body",), message, "too_long")


def require_json(headers: Headers) -> None:
    """Raise UnsupportedMediaType unless the body is application/json and not compressed."""
    content_type = headers.get(b"content-type", b"")
    if content_type != JSON and content_type.partition(b";")[0].strip().lower() != JSON:
        raise UnsupportedMediaType("Send the body as JSON, with the header Content-Type: application/json.")
    if headers.get(b"content-encoding", b"").lower() not in {b"", b"identity"}:
        raise UnsupportedMediaType("Send the body as it is, without Content-Encoding.")


async def read_body(headers: Headers, receive: Receive, max_bytes: int) -> bytes:
    """Read the whole body; BodyTooLarge as soon as it is known to be longer than `max_bytes`."""
    require_json(headers)
    length_header = headers.get(b"content-length", b"")
    # HTTP allows any number of leading zeros, but `int` refuses texts of several thousand digits.
    if length_header.isdigit() and int(length_header.lstrip(b"0") or b"0") > max_bytes:
        raise BodyTooLarge(f"The body may have at most {max_bytes} bytes.")
    chunks, length, more = [], 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunk = message.get("body", b"")
        chunks.append(chunk)
        length += len(chunk)
        if length > max_bytes:
            raise BodyTooLarge(f"The body may have at most {max_bytes} bytes.")
        more = message.get("more_body", False)
    return b"".join(chunks)

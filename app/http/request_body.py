"""The body of a request: read under its limit, and parsed and checked in one step by pydantic's core."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from pydantic import BaseModel, ValidationError
from starlette.requests import ClientDisconnect
from starlette.types import Receive

from app.http.duplicate_keys import refuse_duplicate_keys
from app.http.errors import BodyTooLarge, InvalidRequest, UnsupportedMediaType

Headers = Mapping[bytes, bytes]

JSON = b"application/json"


class JsonBody(NamedTuple):
    """What a JSON body must be: its model, an example of it, and its longest length.

    It holds at most `most_rows` rows and `most_quotes` quotation marks, and `quotes` counts those that
    the JSON of what was parsed must have; see `app.http.duplicate_keys`.
    """

    model: type[BaseModel]
    example: object
    max_bytes: int
    most_rows: int
    most_quotes: int
    quotes: Callable[[Any], int]

    def parse(self, content: bytes) -> BaseModel:
        """Check a body; InvalidRequest names each field that is wrong."""
        if content.count(b'"') > self.most_quotes:
            # To tell of every one of very many wrong names would hold up all others for a second.
            rows = f"{self.most_rows} row{'s' * (self.most_rows > 1)}"
            what = f"There are more names than {rows} can have, and it may have no more"
            raise InvalidRequest.at(("body",), what, "too_long")
        try:
            body = self.model.model_validate_json(content)
        except ValidationError as error:
            raise InvalidRequest.from_validation(error, "body") from None
        refuse_duplicate_keys(content, self.quotes(body))
        return body


def refuse_other_types(headers: Headers) -> None:
    """Take plain application/json, and nothing compressed; UnsupportedMediaType for the rest."""
    given = headers.get(b"content-type", b"")
    if given != JSON and given.partition(b";")[0].strip().lower() != JSON:
        raise UnsupportedMediaType("Send the body as JSON, with the header Content-Type: application/json.")
    if headers.get(b"content-encoding", b"").lower() not in {b"", b"identity"}:
        raise UnsupportedMediaType("Send the body as it is, without Content-Encoding.")


async def read_body(headers: Headers, receive: Receive, limit: int) -> bytes:
    """Read the whole body; BodyTooLarge as soon as it is known to be longer than `limit` bytes."""
    promised = headers.get(b"content-length", b"")
    # Python reads no number of more than some thousand digits, and HTTP lets it begin with any zeros.
    if promised.isdigit() and int(promised.lstrip(b"0") or b"0") > limit:
        raise BodyTooLarge(f"The body may have at most {limit} bytes.")
    parts, length, more = [], 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        part = message.get("body", b"")
        parts.append(part)
        length += len(part)
        if length > limit:
            raise BodyTooLarge(f"The body may have at most {limit} bytes.")
        more = message.get("more_body", False)
    return b"".join(parts)

"""Input that is not a valid HTTP request: the checks, the errors and the response."""

from collections.abc import Sequence

from pydantic_core import to_json
from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from app.http.errors import RequestRefused
from app.http.problem_details import MEDIA_TYPE, REQUEST_ID_HEADER, TITLES, Problem

HeaderList = Sequence[tuple[bytes, bytes]]

MAX_HEAD_BYTES = 32 * 1024
MAX_HEADERS = 100
# Each header line has a colon, a space, CR and LF besides its name and value.
HEADER_SEPARATOR_BYTES = 4


class RequestMalformed(RequestRefused):
    """The input is not a valid HTTP request; the text repeats none of the input."""

    status = 400


class RequestTooSlow(RequestRefused):
    """The request did not arrive in time."""

    status = 408


class HeadTooLarge(RequestRefused):
    """The request line and the headers are too large."""

    status = 431

    def __init__(self) -> None:
        super().__init__(
            f"The head of a request may have at most {MAX_HEAD_BYTES} bytes and {MAX_HEADERS} headers."
        )


def check_head_size(target: bytes, headers: HeaderList) -> None:
    """Raise HeadTooLarge for more than MAX_HEADERS headers, or more than MAX_HEAD_BYTES bytes in total."""
    sizes = (len(name) + len(value) + HEADER_SEPARATOR_BYTES for name, value in headers)
    if len(headers) > MAX_HEADERS or len(target) + sum(sizes) > MAX_HEAD_BYTES:
        raise HeadTooLarge


def check_version_and_host(version: str, hosts: int, headers: HeaderList) -> None:
    """Accept HTTP/1.1 with one Host header and HTTP/1.0 with at most one; else raise RequestMalformed."""
    if version not in {"1.0", "1.1"}:
        raise RequestMalformed("This server supports HTTP/1.1 and HTTP/1.0.")
    if hosts > 1 or (version == "1.1" and hosts == 0):
        raise RequestMalformed("A request must have exactly one Host header.")
    if version == "1.0" and any(name == b"transfer-encoding" for name, _ in headers):
        raise RequestMalformed("HTTP/1.0 does not allow the header Transfer-Encoding.")


def write_refusal(reason: RequestRefused, request_id: str, headers: HeaderList) -> bytes:
    """Give the whole response as bytes: a problem document that closes the connection, with these headers."""
    status = reason.status
    document = Problem(title=TITLES[status], status=status, detail=str(reason), request_id=request_id)
    content = to_json(document, exclude_none=True)
    lines = [
        *headers,
        *((name.lower().encode(), value.encode()) for name, value in reason.headers.items()),
        (b"content-type", MEDIA_TYPE.encode()),
        (b"content-length", str(len(content)).encode()),
        (b"connection", b"close"),
        (REQUEST_ID_HEADER, request_id.encode()),
    ]
    head = b"".join(b"%s: %s\r\n" % line for line in lines)
    return STATUS_LINE[status] + head + b"\r\n" + content

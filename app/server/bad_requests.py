"""What never becomes a request: why it is refused, and the answer that says so.

RequestRefused, as `app.http.errors` has it
└── RequestMalformed    what was sent is no request that this server reads (400)
    ├── RequestTooSlow  it did not come in in time (408)
    └── HeadTooLarge    its request line and headers are more than this server reads (431)
"""

from collections.abc import Sequence

from pydantic_core import to_json
from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from app.http.errors import RequestRefused
from app.http.problem_details import MEDIA_TYPE, REQUEST_ID_HEADER, TITLES, Problem

HeaderList = Sequence[tuple[bytes, bytes]]

MAX_HEAD_BYTES = 32 * 1024
MAX_HEADERS = 100


class RequestMalformed(RequestRefused):
    """What was sent is no request that this server reads; the text has no part of it."""

    status = 400


class RequestTooSlow(RequestMalformed):
    """The request did not come in in time."""

    status = 408


class HeadTooLarge(RequestMalformed):
    """The request line and the headers are more than this server reads."""

    status = 431

    def __init__(self, most: str = f"{MAX_HEAD_BYTES} bytes") -> None:
        super().__init__(f"The head of a request may have at most {most}.")


def check_size(target: bytes, headers: HeaderList) -> None:
    """Refuse a head of too many headers, or whose target, names and values are too long together."""
    if len(headers) > MAX_HEADERS:
        raise HeadTooLarge(f"{MAX_HEADERS} headers")
    if len(target) + sum(len(name) + len(value) + 4 for name, value in headers) > MAX_HEAD_BYTES:
        raise HeadTooLarge


def check_version_and_host(version: str, hosts: int, headers: HeaderList) -> None:
    """Take HTTP/1.1 with one Host, and HTTP/1.0 with one or none; RequestMalformed for the rest."""
    if version not in {"1.0", "1.1"}:
        raise RequestMalformed("This server speaks HTTP/1.1 and HTTP/1.0.")
    if hosts > 1 or (version == "1.1" and hosts == 0):
        raise RequestMalformed("A request has exactly one Host.")
    if version == "1.0" and any(name == b"transfer-encoding" for name, _ in headers):
        raise RequestMalformed("There is no Transfer-Encoding in HTTP/1.0.")


def write_refusal(reason: RequestRefused, request_id: str, headers: HeaderList) -> bytes:
    """Write the whole answer: a problem, and these headers, too."""
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

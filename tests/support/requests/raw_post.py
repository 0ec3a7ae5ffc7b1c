"""A raw HTTP request, of which a test changes single parts."""

import re
from dataclasses import dataclass

# A text in many requests that no response and no log may contain.
CANARY = b"cAnArY7519"

# Internals that no response may contain: a path, a traceback, a package, a class, a version.
INSIDE = re.compile(
    rb"/(?:usr|home|root|tmp|opt|var|proc|srv|service|venv)/|site-packages|\.py\b"
    rb"|Traceback|line \d+, in | at 0x"
    rb"|\b(?:python|pydantic|fastapi|starlette|uvicorn|uvloop|httptools|h11|asyncio|numpy|safetensors|torch)\b"
    rb"|(?-i:[A-Za-z](?:Error|Exception|Features|Warning)\b)|\d+\.\d+\.\d+",
    flags=re.IGNORECASE,
)

OK = frozenset({200})
BAD = frozenset({400})
TOO_LARGE = frozenset({431})
INVALID = frozenset({422})
SLOW = frozenset({408})


@dataclass(frozen=True)
class RawCase:
    """Bytes for one connection, and the allowed statuses of its responses, in any number.

    If `waits`, the client keeps its side open, so that the server has to close the connection.
    """

    name: str
    sent: bytes
    allowed: frozenset[int]
    waits: bool = False


@dataclass(frozen=True)
class Post:
    """A complete request; a case replaces one part."""

    target: bytes
    body: bytes
    method: bytes = b"POST"
    version: bytes = b"HTTP/1.1"
    host: tuple[bytes, ...] = (b"Host: localhost",)
    type: tuple[bytes, ...] = (b"Content-Type: application/json",)
    framing: tuple[bytes, ...] | None = None
    more: tuple[bytes, ...] = ()
    end: bytes = b"\r\n"

    def written(self) -> bytes:
        framing = (b"Content-Length: %d" % len(self.body),) if self.framing is None else self.framing
        line = b" ".join([self.method, self.target, self.version])
        lines = [line, *self.host, *self.type, *framing, *self.more, b""]
        return self.end.join(lines) + self.end + self.body


def chunked(body: bytes, size: int, extension: bytes = b"", trailers: bytes = b"") -> bytes:
    """Write a body in chunks of `size` bytes."""
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    chunks = [b"%x%s\r\n%s\r\n" % (len(piece), extension, piece) for piece in pieces]
    return b"".join([*chunks, b"0\r\n", trailers, b"\r\n"])

"""One request as bytes, part by part."""

import re
from dataclasses import dataclass

# Stands in what is sent, and may stand in no answer and in no log.
CANARY = b"cAnArY7519"

# What would tell of the server's inside: a path, a trace, a package, a class, a version. No answer does.
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
UNREAD = frozenset({422})
SLOW = frozenset({408})


@dataclass(frozen=True)
class RawCase:
    """Bytes for one connection, and the statuses of the answers that may come back, in any number.

    Where `waits`, the client keeps its side open, so that the server has to be the one who ends it.
    """

    name: str
    sent: bytes
    allowed: frozenset[int]
    waits: bool = False


@dataclass(frozen=True)
class Post:
    """A whole request, of which a case changes one part."""

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
    parts = [body[at : at + size] for at in range(0, len(body), size)]
    chunks = [b"%x%s\r\n%s\r\n" % (len(part), extension, part) for part in parts]
    return b"".join([*chunks, b"0\r\n", trailers, b"\r\n"])

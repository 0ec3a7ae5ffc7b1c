"""The porch: what happens to every request before a route sees it."""

import re
import secrets
from itertools import count

from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADER = b"x-request-id"
PLAIN_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")


class RequestId:
    """Names every request by its own short, plain X-Request-ID, or anew; every answer has the name."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        # Random for the process, counted within it: unique without asking for chance each time.
        self._process = secrets.token_hex(6).encode()
        self._count = count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Name the request in its scope and in its answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        name = dict(scope["headers"]).get(HEADER)
        if name is None or PLAIN_ID.fullmatch(name) is None:
            name = b"%s-%x" % (self._process, next(self._count))
        scope["request_id"] = name.decode()

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), (HEADER, name)]
            await send(message)

        await self.app(scope, receive, send_with_id)


def request_id(scope: Scope) -> str:
    """Give the name of the request, as the answer's X-Request-ID has it."""
    name: str = scope["request_id"]
    return name


class HeadAsGet:
    """Answers HEAD wherever GET is answered, with the same headers and no body."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass HEAD on as GET, and drop the answer's body."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return

        async def send_without_body(message: Message) -> None:
            if message["type"] == "http.response.body":
                message["body"] = b""
            await send(message)

        await self.app({**scope, "method": "GET"}, receive, send_without_body)

"""The porch: what happens to every request before a route sees it."""

import re
import secrets
from itertools import count

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import answer_unforeseen

HEADER = b"x-request-id"
PLAIN_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")


class Porch:
    """Names every request, by its own short, plain X-Request-ID or anew, and answers for every failure."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        # Random for the process, counted within it: unique without asking for chance each time.
        self._process = secrets.token_hex(6).encode()
        self._count = count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Name the request in its scope and in its answer, and answer 500 for what nobody foresaw."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        name = self._name(scope)
        scope["request_id"] = name.decode()
        started = False

        async def send_with_name(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                message["headers"] = [*message.get("headers", ()), (HEADER, name)]
            await send(message)

        try:
            await self.app(scope, receive, send_with_name)
        except Exception as error:
            if started:
                raise
            await answer_unforeseen(error, scope)(scope, receive, send_with_name)

    def _name(self, scope: Scope) -> bytes:
        given: bytes | None = dict(scope["headers"]).get(HEADER)
        if given is not None and PLAIN_ID.fullmatch(given) is not None:
            return given
        return b"%s-%x" % (self._process, next(self._count))

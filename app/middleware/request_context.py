"""The porch: what happens to every request before a route sees it."""

import re
import secrets
from collections.abc import Awaitable
from itertools import count
from time import perf_counter, time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.http.problem_details import REQUEST_ID_HEADER, answer_unexpected
from app.observability.request_log import CLIENT_CLOSED_REQUEST, WITHDRAWN, RequestLog, RequestRecord

PLAIN_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")


class RequestContext:
    """Names every request, answers for every failure, and notes in the journal what came of it."""

    def __init__(self, app: ASGIApp, request_log: RequestLog) -> None:
        self.app = app
        self._request_log = request_log
        # Random for the process, counted within it: unique without asking for chance each time.
        self._process = secrets.token_hex(6).encode()
        self._count = count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Name the request by its own short, plain X-Request-ID or anew, in its scope and its answer.

        The scope also says when it `began`, by `time.perf_counter`.
        """
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, status = perf_counter(), 0
        request_id = self._name(scope)
        scope["request_id"], scope["began"] = request_id.decode(), began

        def send_with_id(message: Message) -> Awaitable[None]:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (REQUEST_ID_HEADER, request_id)]
            return send(message)

        try:
            await self.app(scope, receive, send_with_id)
        except Exception as error:
            if status:
                raise
            await answer_unexpected(error, scope)(scope, receive, send_with_id)
        finally:
            if status or WITHDRAWN not in scope:
                self._request_log.take(
                    record_of(scope, status or CLIENT_CLOSED_REQUEST, perf_counter() - began)
                )

    def _name(self, scope: Scope) -> bytes:
        given: bytes | None = dict(scope["headers"]).get(REQUEST_ID_HEADER)
        if given is not None and PLAIN_ID.fullmatch(given) is not None:
            return given
        return b"%s-%x" % (self._process, next(self._count))


def record_of(scope: Scope, status: int, seconds: float) -> RequestRecord:
    """Tell what came of a request."""
    route = scope.get("route")
    model, version = scope.get("model", (None, None))
    path = None if route is None else route.path
    return RequestRecord(time(), scope["request_id"], scope["method"], path, status, seconds, model, version)

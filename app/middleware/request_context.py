"""The outermost middleware: gives each request an id, answers unexpected errors, and logs the request."""

import re
import secrets
from collections.abc import Awaitable
from itertools import count
from time import perf_counter, time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.http.problem_details import REQUEST_ID_HEADER, answer_unexpected
from app.observability.request_log import CLIENT_CLOSED_REQUEST, WITHDRAWN, RequestLog, RequestRecord

VALID_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")


class RequestContext:
    """Adds `request_id` and `started` to the scope, and X-Request-ID to the response.

    `request_id` is the request's own X-Request-ID if that is valid, otherwise a new one. `started` is the
    start of the request by `time.perf_counter`.
    """

    def __init__(self, app: ASGIApp, request_log: RequestLog) -> None:
        self.app = app
        self._request_log = request_log
        # An id is a random prefix and a number, which costs less than random bytes for each request.
        self._id_prefix = secrets.token_hex(6).encode()
        self._numbers = count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Call the application, answer 500 if it fails before its response, and log the request."""
        if scope["type"] != "http":
            # Starlette refuses to start under a server without lifespan state, such as older hypercorn.
            scope.setdefault("state", {})
            await self.app(scope, receive, send)
            return
        started, status = perf_counter(), 0
        request_id = self._request_id(scope)
        scope["request_id"], scope["started"] = request_id.decode(), started

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
                self._request_log.append(
                    create_record(scope, status or CLIENT_CLOSED_REQUEST, perf_counter() - started)
                )

    def _request_id(self, scope: Scope) -> bytes:
        given: bytes | None = dict(scope["headers"]).get(REQUEST_ID_HEADER)
        if given is not None and VALID_ID.fullmatch(given) is not None:
            return given
        return b"%s-%x" % (self._id_prefix, next(self._numbers))


def create_record(scope: Scope, status: int, seconds: float) -> RequestRecord:
    """Give the log record of a request that has ended."""
    route = scope.get("route")
    model, version = scope.get("model", (None, None))
    path = None if route is None else route.path
    return RequestRecord(time(), scope["request_id"], scope["method"], path, status, seconds, model, version)

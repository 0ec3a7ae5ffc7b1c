"""The fast path to the prediction routes: one look-up of the path, ahead of the router."""

from collections.abc import Iterable

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from app.http.problem_details import HANDLERS
from app.routes.predict import PredictRoute


class FastPath:
    """Calls a prediction route directly for a POST to its path; every other request goes to the router.

    The router would find the same route. But its search for a match, several contexts and a second error
    handler together cost more than the prediction.
    """

    def __init__(self, app: ASGIApp, routes: Iterable[PredictRoute]) -> None:
        self.app = app
        self._routes = {route.path: route for route in routes}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Call the prediction route of the path, or else the next application."""
        is_post = scope["type"] == "http" and scope["method"] == "POST"
        route = self._routes.get(scope["path"]) if is_post else None
        if route is None:
            await self.app(scope, receive, send)
            return
        try:
            await route.respond(scope, receive, send)
        except tuple(HANDLERS) as error:
            handler = next(HANDLERS[kind] for kind in type(error).__mro__ if kind in HANDLERS)
            response = await handler(Request(scope), error)
            if response is not None:
                await response(scope, receive, send)

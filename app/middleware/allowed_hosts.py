"""Refuses requests with a Host header that APP_ALLOWED_HOSTS does not allow."""

import re
from collections.abc import Iterable

from starlette.types import ASGIApp, Receive, Scope, Send

from app.http.problem_details import problem

ANY = "*"
# Health checks call the server by its address, not by its name.
ALWAYS_ALLOWED = "/health/"

HOST = re.compile(r"(?P<name>[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::[0-9]*)?")


class AllowedHosts:
    """Answers 400 to a request whose Host header, without its port, is none of `names`.

    `names` are in lower case; a Host header is compared in any case. `*.example.org` means every name
    below `example.org`.
    """

    def __init__(self, app: ASGIApp, names: Iterable[str]) -> None:
        self.app = app
        self._names = frozenset(names)
        self._suffixes = tuple(name[1:] for name in self._names if name.startswith("*."))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope["type"] != "http" or scope["path"].startswith(ALWAYS_ALLOWED) or self._is_allowed(scope):
            await self.app(scope, receive, send)
            return
        answer = problem(scope, 400, "This server does not serve the host that the header Host names.")
        await answer(scope, receive, send)

    def _is_allowed(self, scope: Scope) -> bool:
        given = [value for name, value in scope["headers"] if name == b"host"]
        if len(given) != 1:
            return False
        host = HOST.fullmatch(given[0].decode("latin-1").lower())
        return host is not None and (host["name"] in self._names or host["name"].endswith(self._suffixes))

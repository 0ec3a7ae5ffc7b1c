"""By which names this server may be asked for."""

import re
from collections.abc import Iterable

from starlette.types import ASGIApp, Receive, Scope, Send

from app.http.problem_details import problem

ANY = "*"
# Those who watch a server ask it by its address, whatever its name is.
ALWAYS = "/health/"

HOST = re.compile(r"(?P<name>[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::[0-9]*)?")


class AllowedHosts:
    """Answers 400 to a request whose Host, without its port, is none of `names`, which are in lower case.

    A name is compared whole and in any case; `*.example.org` stands for every name below
    `example.org`. Nothing else is ever made of a Host.
    """

    def __init__(self, app: ASGIApp, names: Iterable[str]) -> None:
        self.app = app
        self._names = frozenset(names)
        self._endings = tuple(name[1:] for name in self._names if name.startswith("*."))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, or refuse."""
        if scope["type"] != "http" or scope["path"].startswith(ALWAYS) or self._is_named(scope):
            await self.app(scope, receive, send)
            return
        answer = problem(scope, 400, "This server is not asked for by the name in the header Host.")
        await answer(scope, receive, send)

    def _is_named(self, scope: Scope) -> bool:
        given = [value for name, value in scope["headers"] if name == b"host"]
        if len(given) != 1:
            return False
        host = HOST.fullmatch(given[0].decode("latin-1").lower())
        return host is not None and (host["name"] in self._names or host["name"].endswith(self._endings))

"""Whether the server that took a request has been told to stop."""

from types import MappingProxyType

from starlette.types import Scope

from app.errors import RequestRefused


class Leaving(RequestRefused):
    """The server has been told to stop, and answers only what it has taken in."""

    status = 503
    headers = MappingProxyType({"Cache-Control": "no-store", "Retry-After": "1"})


# `app.server` writes this into the state that every later request carries.
LEAVING = "leaving"


def is_leaving(scope: Scope) -> bool:
    """Say so from the request's scope; no other server than `python -m app` ever tells."""
    return LEAVING in scope.get("state", ())

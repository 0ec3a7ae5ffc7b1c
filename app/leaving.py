"""Whether the server that took a request has been told to stop."""

from starlette.types import Scope

# `app.server` writes this into the state that every later request carries.
LEAVING = "leaving"


def is_leaving(scope: Scope) -> bool:
    """Say so from the request's scope; no other server than `python -m app` ever tells."""
    return LEAVING in scope.get("state", ())

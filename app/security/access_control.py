"""The door: what a request must show before its body is read, on every route that answers with data.

A route hangs it up itself, so that nothing depends on how a path or a Host is written: FastAPI's
routes as a dependency of their router, the direct routes in their own code.
"""

from dataclasses import dataclass
from typing import Any

from fastapi import Depends, Request, Security
from fastapi.security import APIKeyHeader
from starlette.types import Scope

from app.http.errors import KeyRefused, TooManyRequests
from app.http.openapi import problems
from app.security.api_keys import KeyFile
from app.security.rate_limit import RateLimit, client_key
from app.settings import Settings

KEY_HEADER = b"x-api-key"


@dataclass(frozen=True)
class AccessControl:
    """The keys and the rate that requests are held to, None where they are not."""

    keys: KeyFile | None = None
    rate: RateLimit | None = None

    def check(self, scope: Scope) -> None:
        """Let a request in and note `key_name` in its scope; else KeyRefused or TooManyRequests."""
        if self.keys is not None:
            scope["key_name"] = key_name(scope, self.keys)
        if self.rate is not None:
            count(scope, self.rate)

    def dependencies(self) -> list[Any]:
        """Give what a router or a route depends on, so that it is checked and documented."""

        async def check(request: Request) -> None:
            self.check(request.scope)

        return [Depends(check), *([] if self.keys is None else [Security(key_scheme())])]

    def responses(self) -> dict[int | str, dict[str, Any]]:
        """Describe how a request may be turned away here."""
        checks = {401: self.keys, 429: self.rate}
        return problems(*(status for status, check in checks.items() if check is not None))


def build_access_control(settings: Settings) -> AccessControl:
    """Make the door that the settings ask for; SettingRefused where the file of keys is wrong."""
    return AccessControl(
        None if settings.api_keys_file is None else KeyFile(settings.api_keys_file),
        RateLimit(settings.requests_per_minute) if settings.requests_per_minute else None,
    )


def key_scheme() -> APIKeyHeader:
    """Describe for the document where a key is shown; it is made only where keys are asked for."""
    return APIKeyHeader(
        name="X-API-Key",
        scheme_name="ApiKey",
        description="A key that this server's operator gave you",
        auto_error=False,
    )


def key_name(scope: Scope, keys: KeyFile) -> str:
    """Give the name of the key that a request shows; KeyRefused does not say what is wrong with it."""
    given = [value for name, value in scope["headers"] if name == KEY_HEADER]
    found = keys.find_name(given[0]) if len(given) == 1 else None
    if found is None:
        raise KeyRefused("Send one key that this server knows, in the header X-API-Key.")
    return found


def count(scope: Scope, rate: RateLimit) -> None:
    """Count a request for its key, or for its client's address; TooManyRequests where that is over."""
    host, _ = scope.get("client") or ("", 0)
    wait_seconds = rate.take(scope.get("key_name") or client_key(host))
    if wait_seconds:
        detail = (
            f"At most {rate.requests_per_minute} requests a minute; there is one again in {wait_seconds} s."
        )
        raise TooManyRequests(detail, wait_seconds)

"""Access control: a request needs a known API key and must not exceed its rate limit.

It is checked before the body is read. Each route does so itself, so that no way of writing a path or a
Host header avoids the check: FastAPI's routes by a dependency, the prediction routes in
`PredictRoute.respond`.
"""

from typing import Any

from fastapi import Depends, Request, Security
from fastapi.security import APIKeyHeader
from starlette.types import Scope

from app.http.errors import KeyRefused, TooManyRequests
from app.http.openapi import problems
from app.security.api_keys import KeyFile
from app.security.rate_limit import RateLimit, client_key
from app.settings import Settings

KEY_SCHEME = APIKeyHeader(
    name="X-API-Key",
    scheme_name="ApiKey",
    description="A key that this server's operator gave you",
    auto_error=False,
)


class AccessControl:
    """The keys and the rate limit of the settings; SettingRefused if the key file is invalid."""

    def __init__(self, settings: Settings) -> None:
        path, limit = settings.api_keys_file, settings.requests_per_minute
        self.keys = None if path is None else KeyFile(path)
        self.rate_limit = RateLimit(limit) if limit else None

    def authorize(self, scope: Scope) -> None:
        """Raise KeyRefused or TooManyRequests, or add the key's name to the scope as `key_name`."""
        if self.keys is not None:
            scope["key_name"] = find_key_name(scope, self.keys)
        if self.rate_limit is not None:
            enforce_rate_limit(scope, self.rate_limit)

    def dependencies(self) -> list[Any]:
        """Give FastAPI's dependencies that authorize a request and document the key."""

        async def authorize(request: Request) -> None:
            self.authorize(request.scope)

        return [Depends(authorize)] + ([] if self.keys is None else [Security(KEY_SCHEME)])

    def responses(self) -> dict[int | str, dict[str, Any]]:
        """Give the OpenAPI documentation of 401 and 429, where they may occur."""
        checks = {401: self.keys, 429: self.rate_limit}
        return problems(*(status for status, check in checks.items() if check is not None))


def find_key_name(scope: Scope, keys: KeyFile) -> str:
    """Give the name of a request's key; KeyRefused, with the same text for a missing and an unknown key."""
    given = [value for name, value in scope["headers"] if name == b"x-api-key"]
    found = keys.find_name(given[0]) if len(given) == 1 else None
    if found is None:
        raise KeyRefused("Send one key that this server knows, in the header X-API-Key.")
    return found


def enforce_rate_limit(scope: Scope, rate_limit: RateLimit) -> None:
    """Count the request for its key, or else for its client's address; or raise TooManyRequests."""
    host, _ = scope.get("client") or ("", 0)
    wait_seconds = rate_limit.acquire(scope.get("key_name") or client_key(host))
    if wait_seconds:
        limit = f"At most {rate_limit.requests_per_minute} requests a minute are allowed"
        raise TooManyRequests(f"{limit}; try again in {wait_seconds} s.", wait_seconds)

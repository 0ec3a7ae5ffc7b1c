"""GET /docs: Swagger UI, from files of an installed package; nothing is loaded from another host."""

from collections.abc import Awaitable, Callable
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from fastapi import APIRouter, Response

from app.settings import SettingRefused

# Importing the package would load all of its patches of FastAPI; only its files are needed.
PACKAGE = "fastapi_swagger"

PAGE = b"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Prediction service</title>
<link rel="icon" href="docs/favicon-32x32.png">
<link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
"""

START = b"""SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#swagger-ui",
  validatorUrl: null,
  showExtensions: true,
  showCommonExtensions: true,
});
"""

ASSETS = {
    "swagger-ui.css": "text/css",
    "swagger-ui-bundle.js": "text/javascript",
    "favicon-32x32.png": "image/png",
}

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src data:; connect-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)


def docs_router() -> APIRouter:
    """Give the page and the files it needs; each file is read once, at its first request."""
    router = APIRouter(prefix="/docs", include_in_schema=False)
    folder = assets_folder()

    @router.get("")
    async def page() -> Response:
        return Response(PAGE, media_type="text/html", headers={"Content-Security-Policy": POLICY})

    @router.get("/start.js")
    async def start() -> Response:
        return Response(START, media_type="text/javascript")

    for name, media_type in ASSETS.items():
        router.add_api_route(f"/{name}", asset_endpoint(folder / name, media_type))
    return router


def asset_endpoint(path: Path, media_type: str) -> Callable[[], Awaitable[Response]]:
    """Make the endpoint of one file."""

    @cache
    def content() -> bytes:
        return path.read_bytes()

    async def asset() -> Response:
        return Response(content(), media_type=media_type, headers={"Cache-Control": "max-age=86400"})

    return asset


def assets_folder() -> Path:
    """Find the package's files without importing it; SettingRefused where it is not installed."""
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise SettingRefused(f"APP_DOCS: {PACKAGE} is not installed; install it, or set APP_DOCS=off.")
    return Path(spec.origin).parent / "resources"

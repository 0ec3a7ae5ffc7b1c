"""GET /docs: Swagger UI, from files of an installed package; nothing is loaded from another host.

`GET /` leads there, or without the documentation lists the paths.
"""

from collections.abc import Awaitable, Callable, Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from fastapi import APIRouter, Response
from pydantic import BaseModel

from app.settings import SettingRefused

# Importing the package would load all of its patches of FastAPI; only its files are needed.
PACKAGE = "fastapi_swagger"

PAGE = Path(__file__).parents[1] / "page"

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


PATHS = (
    "/predict/{task}",
    "/predict/{task}/batch",
    "/models",
    "/models/{task}",
    "/models/{task}/card",
    "/models/{task}/figures/{figure}",
    "/models/{task}/operating-points",
    "/health/live",
    "/health/ready",
    "/metrics",
)


class Paths(BaseModel):
    """The paths of this server; `{task}` stands for a name that `/models` lists."""

    paths: tuple[str, ...] = PATHS


def docs_router() -> APIRouter:
    """Give the page and the files it needs; each file is read once, at its first request."""
    router = APIRouter(include_in_schema=False)
    page = file_endpoint(PAGE / "docs.html", "text/html", {"Content-Security-Policy": POLICY})
    router.add_api_route("/", to_docs)
    router.add_api_route("/docs", page)
    router.add_api_route("/docs/start.js", file_endpoint(PAGE / "docs.js", "text/javascript"))
    folder = assets_folder()
    for name, media_type in ASSETS.items():
        asset = file_endpoint(folder / name, media_type, {"Cache-Control": "max-age=86400"})
        router.add_api_route(f"/docs/{name}", asset)
    return router


async def to_docs() -> Response:
    """Redirect to the page; the address is relative, so a proxy may add a prefix."""
    return Response(status_code=307, headers={"Location": "docs"})


def index_router() -> APIRouter:
    """Give the list of the paths, for a server without the page."""
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    async def index() -> Paths:
        return Paths()

    return router


def file_endpoint(
    path: Path, media_type: str, headers: Mapping[str, str] | None = None
) -> Callable[[], Awaitable[Response]]:
    """Make the endpoint of one file."""

    @cache
    def content() -> bytes:
        return path.read_bytes()

    async def file() -> Response:
        return Response(content(), media_type=media_type, headers=headers)

    return file


def assets_folder() -> Path:
    """Find the package's files without importing it; SettingRefused where it is not installed."""
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise SettingRefused(f"APP_DOCS: {PACKAGE} is not installed; install it, or set APP_DOCS=off.")
    return Path(spec.origin).parent / "resources"

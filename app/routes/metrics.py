"""GET /metrics: what Prometheus reads."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from fastapi import APIRouter, Response

from app.door import Door
from app.journal import Journal

if TYPE_CHECKING:
    from app.metrics import Metrics

# Prometheus's text format.
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def metrics_router(metrics: Callable[[], "Metrics"], journal: Journal, door: Door) -> APIRouter:
    """Give the route that tells all counts up to now."""
    router = APIRouter(tags=["Metrics"], dependencies=door.dependencies(), responses=door.responses())
    content = {CONTENT_TYPE.partition(";")[0]: {"schema": {"type": "string"}}}
    told = {"description": "The Prometheus text format", "content": content}

    @router.get("/metrics", operation_id="tell_metrics", response_class=Response, responses={200: told})
    async def tell() -> Response:
        """Tell requests, predictions, refusals, reloads and the models that are served."""
        journal.write_up()
        return Response(metrics().exposition(), media_type=CONTENT_TYPE)

    return router

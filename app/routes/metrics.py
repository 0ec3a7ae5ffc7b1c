"""GET /metrics: what Prometheus reads."""

from fastapi import APIRouter, Response

from app.door import Door
from app.observation import Observation

# Prometheus's text format.
TEXT_FORMAT = "text/plain; version=0.0.4; charset=utf-8"


def metrics_router(observation: Observation, door: Door) -> APIRouter:
    """Give the route that tells all counts up to now."""
    router = APIRouter(tags=["Metrics"], dependencies=door.dependencies(), responses=door.responses())
    content = {TEXT_FORMAT.partition(";")[0]: {"schema": {"type": "string"}}}
    told = {"description": "The Prometheus text format", "content": content}

    @router.get("/metrics", operation_id="tell_metrics", response_class=Response, responses={200: told})
    async def tell() -> Response:
        """Tell requests, predictions, refusals, reloads and the models that are served."""
        return Response(observation.exposition(), media_type=TEXT_FORMAT)

    return router

"""GET /metrics: what Prometheus reads."""

from collections.abc import Mapping

from fastapi import APIRouter, Response

from app.inference.model_service import ModelService
from app.observability.telemetry import Telemetry
from app.security.access_control import AccessControl

# Prometheus's text format.
TEXT_FORMAT = "text/plain; version=0.0.4; charset=utf-8"


def metrics_router(
    telemetry: Telemetry, services: Mapping[str, ModelService], access_control: AccessControl
) -> APIRouter:
    """Give the route that tells all counts up to now."""
    router = APIRouter(
        tags=["Metrics"], dependencies=access_control.dependencies(), responses=access_control.responses()
    )
    content = {TEXT_FORMAT.partition(";")[0]: {"schema": {"type": "string"}}}
    told = {"description": "The Prometheus text format", "content": content}

    @router.get("/metrics", operation_id="tell_metrics", response_class=Response, responses={200: told})
    async def tell() -> Response:
        """Tell requests, predictions, refusals, reloads and the models that are served."""
        versions = {name: service.version for name, service in services.items()}
        return Response(telemetry.exposition(versions), media_type=TEXT_FORMAT)

    return router

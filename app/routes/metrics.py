"""GET /metrics: the counts that Prometheus reads."""

from fastapi import APIRouter, Response

from app.inference.services import Services
from app.observability.telemetry import Telemetry
from app.security.access_control import AccessControl

# Prometheus's text format.
TEXT_FORMAT = "text/plain; version=0.0.4; charset=utf-8"


def metrics_router(telemetry: Telemetry, services: Services, access_control: AccessControl) -> APIRouter:
    """Give the route of the metrics."""
    router = APIRouter(
        tags=["Metrics"], dependencies=access_control.dependencies(), responses=access_control.responses()
    )
    content = {TEXT_FORMAT.partition(";")[0]: {"schema": {"type": "string"}}}
    documented = {"description": "The Prometheus text format", "content": content}

    @router.get("/metrics", operation_id="read_metrics", response_class=Response, responses={200: documented})
    async def metrics() -> Response:
        """Count requests, predictions, rejections and reloads, and name the models that are served."""
        versions = {name: service.version for name, service in services.items()}
        return Response(telemetry.exposition(versions), media_type=TEXT_FORMAT)

    return router

"""GET /health: does the process answer, and is it ready for requests?"""

from fastapi import APIRouter, Request, Response

from app.http.errors import ShuttingDown
from app.http.model_schemas import Alive, Ready
from app.http.openapi import problems
from app.inference.services import Services
from app.lifecycle import is_shutting_down


def health_router(services: Services) -> APIRouter:
    """Give the routes for health checks; the server is ready from the start until the shutdown."""
    router = APIRouter(prefix="/health", tags=["Health"])

    @router.get("/live", operation_id="is_alive")
    async def live(response: Response) -> Alive:
        """Say that the process answers."""
        response.headers["Cache-Control"] = "no-store"
        return Alive()

    @router.get("/ready", operation_id="is_ready", responses=problems(503))
    async def ready(request: Request, response: Response) -> Ready:
        """Say which version of each model is loaded and verified on its golden rows."""
        if is_shutting_down(request.scope):
            raise ShuttingDown("The server is shutting down; send the request to another one.")
        response.headers["Cache-Control"] = "no-store"
        return ready_models(services)

    return router


def ready_models(services: Services) -> Ready:
    """Give the served version of each model."""
    versions = {name: service.version for name, service in services.items()}
    return Ready(models=versions, not_trained=list(services.untrained))

"""GET /health: is the process alive, and may it be asked?"""

from collections.abc import Mapping

from fastapi import APIRouter, Response

from app.desk import Desk
from app.schemas import Alive, Ready


def health_router(desks: Mapping[str, Desk]) -> APIRouter:
    """Give the routes for those who watch the server; once it exists, every model is ready."""
    router = APIRouter(prefix="/health", tags=["Health"])

    @router.get("/live", operation_id="is_alive")
    async def live(response: Response) -> Alive:
        """Say that the process answers."""
        response.headers["Cache-Control"] = "no-store"
        return Alive()

    @router.get("/ready", operation_id="is_ready")
    async def ready(response: Response) -> Ready:
        """Say which version of each model is loaded and proven on its golden rows."""
        response.headers["Cache-Control"] = "no-store"
        return Ready(models={name: desk.predictor.manifest.version for name, desk in desks.items()})

    return router

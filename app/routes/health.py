"""GET /health: is the process alive, and may it be asked?"""

from collections.abc import Mapping

from fastapi import APIRouter, Request, Response

from app.desk import Desk
from app.document import problems
from app.leaving import Leaving, is_leaving
from app.schemas import Alive, Ready


def health_router(desks: Mapping[str, Desk]) -> APIRouter:
    """Give the routes for those who watch the server; every model is ready from the start until it leaves."""
    router = APIRouter(prefix="/health", tags=["Health"])

    @router.get("/live", operation_id="is_alive")
    async def live(response: Response) -> Alive:
        """Say that the process answers."""
        response.headers["Cache-Control"] = "no-store"
        return Alive()

    @router.get("/ready", operation_id="is_ready", responses=problems(503))
    async def ready(request: Request, response: Response) -> Ready:
        """Say which version of each model is loaded and proven on its golden rows."""
        if is_leaving(request.scope):
            raise Leaving("The server has been told to stop; ask another.")
        response.headers["Cache-Control"] = "no-store"
        return Ready(models={name: desk.predictor.manifest.version for name, desk in desks.items()})

    return router

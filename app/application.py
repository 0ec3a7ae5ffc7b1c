"""The application, put together: read this file first."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.types import Lifespan

from app.document import DocumentedApp
from app.door import open_door
from app.errors import HANDLERS
from app.head import HeadAsGet
from app.hosts import ANY, AllowedHosts
from app.journal import JOURNAL, Journal
from app.observation import Observation
from app.opening import Opener
from app.porch import Porch
from app.reloading import Reloader, Versions
from app.routes.direct import DirectRoute, Guards
from app.routes.docs import docs_router
from app.routes.health import health_router
from app.routes.metrics import metrics_router
from app.routes.models import models_router
from app.routes.predict import predict_routes
from app.settings import Settings
from app.shortcut import Shortcut
from app.turns import Turns


def create_app(settings: Settings) -> FastAPI:
    """Build the application with every model loaded and proven on its golden rows.

    Raises PredictorError where a task's model is missing or broken, and SettingRefused where a
    setting is for a task, a version, a device, a file of keys or a package that there is not.
    """
    door = open_door(settings)
    turns = Turns(settings.concurrency, settings.queue, settings.request_timeout_seconds)
    opener = Opener(settings, turns, labels_given={})
    versions = Versions(settings.models_dir, opener.open)
    desks = opener.open_all(versions)
    observation = Observation(desks, opener.labels_given)
    reloader = Reloader(desks, versions, settings, observation.count_reload)
    guards = Guards(door, turns)
    predict = [route for task in desks for route in predict_routes(task, desks, settings, guards)]
    app = DocumentedApp(
        subject=lambda: [desk.model for desk in desks.values()],
        openapi_url="/openapi.json" if settings.docs else None,
        middleware=layers(settings, observation, predict),
        exception_handlers=HANDLERS,
        lifespan=lifespan(reloader, observation),
    )
    app.state.desks = desks
    app.router.routes.extend(predict)
    app.include_router(models_router(desks, settings, door))
    app.include_router(health_router(desks))
    app.include_router(metrics_router(observation, door))
    if settings.docs:
        app.include_router(docs_router())
    return app


def layers(settings: Settings, observation: Observation, predict: list[DirectRoute]) -> list[Middleware]:
    """List what a request passes before the router, from the outside in."""
    hosts = [] if ANY in settings.allowed_hosts else [Middleware(AllowedHosts, names=settings.allowed_hosts)]
    return [
        Middleware(Porch, journal=observation.journal),
        *hosts,
        Middleware(Shortcut, routes=predict),
        Middleware(HeadAsGet),
    ]


def lifespan(reloader: Reloader, observation: Observation) -> Lifespan[FastAPI]:
    """Give what goes on beside the requests, and what remains to be done after the last."""

    @asynccontextmanager
    async def live(_app: FastAPI) -> AsyncIterator[dict[str, Journal]]:
        async with reloader.watching():
            yield {JOURNAL: observation.journal}
        observation.journal.write_up()

    return live

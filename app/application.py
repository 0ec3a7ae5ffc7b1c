"""The application, put together: read this file first."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.middleware import Middleware

from app.document import DocumentedApp
from app.door import open_door
from app.errors import HANDLERS
from app.head import HeadAsGet
from app.hosts import ANY, AllowedHosts
from app.observation import Observation
from app.opening import Opener
from app.porch import Porch
from app.reloading import Reloader, Versions
from app.routes.direct import Guards
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
    setting is for a task, a version, a device or a file of keys that there is not.
    """
    door = open_door(settings)
    turns = Turns(settings.concurrency, settings.queue, settings.request_timeout_seconds)
    opener = Opener(settings, turns, labels_given={})
    versions = Versions(settings.models_dir, opener.open)
    desks = opener.open_all(versions)
    observation = Observation(desks, opener.labels_given)
    reloader = Reloader(desks, versions, settings)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        if settings.reload_seconds:
            observation.metrics  # noqa: B018 (made before another thread wants them)
        async with reloader.watching():
            yield
        observation.journal.write_up()

    guards = Guards(door, turns)
    predict = [route for task in desks for route in predict_routes(task, desks, settings, guards)]
    hosts = [] if ANY in settings.allowed_hosts else [Middleware(AllowedHosts, names=settings.allowed_hosts)]
    app = DocumentedApp(
        openapi_url="/openapi.json" if settings.docs else None,
        middleware=[
            Middleware(Porch, journal=observation.journal),
            *hosts,
            Middleware(Shortcut, routes=predict),
            Middleware(HeadAsGet),
        ],
        exception_handlers=HANDLERS,
        lifespan=lifespan,
    )
    app.state.desks = desks

    def note_reload(task: str, outcome: str) -> None:
        observation.metrics.count_reload(task, outcome)
        # A refusal changes nothing in the document, and is told from another thread.
        if outcome == "swapped":
            app.forget_document()

    versions.reloaded = note_reload
    app.router.routes.extend(predict)
    app.include_router(models_router(desks, settings, door))
    app.include_router(health_router(desks))
    app.include_router(metrics_router(observation, door))
    if settings.docs:
        app.include_router(docs_router())
    return app

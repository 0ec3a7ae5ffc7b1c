"""Builds the application: read this file first."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.types import Lifespan

from app.http.openapi import DocumentedApp
from app.http.problem_details import HANDLERS
from app.inference.batching import BatchQueue
from app.inference.hot_reload import HotReloader
from app.inference.model_loader import ModelLoader
from app.inference.services import Services
from app.inference.version_store import VersionStore
from app.middleware.allowed_hosts import ANY, AllowedHosts
from app.middleware.head_requests import HeadAsGet
from app.middleware.request_context import RequestContext
from app.observability.request_log import REQUEST_LOG, RequestLog
from app.observability.telemetry import Telemetry
from app.routes.docs import docs_router, index_router
from app.routes.examples import example_answers
from app.routes.fast_path import FastPath
from app.routes.health import health_router
from app.routes.metrics import metrics_router
from app.routes.models import models_router
from app.routes.predict import PredictRoute, predict_routes, unknown_model_router
from app.security.access_control import AccessControl
from app.settings import SettingRefused, Settings
from predictor.schema.definitions import Definitions
from predictor.schema.errors import UnknownSource
from predictor.schema.task import Task
from predictor.tasks import read_tasks


def create_app(settings: Settings) -> FastAPI:
    """Build the application with every model loaded and verified on its golden rows.

    Raises PredictorError where a task's model is corrupt, or with APP_REQUIRE_MODELS where it is missing, and
    SettingRefused where a setting names a task, version, device, key file or package that does not exist.
    """
    access_control = AccessControl(settings)
    batch_queue = BatchQueue(settings.concurrency, settings.queue, settings.request_timeout_seconds)
    telemetry = Telemetry(settings.log_format)
    versions = VersionStore(ModelLoader(settings, telemetry.label_counts))
    services = versions.load_all(load_tasks(settings))
    hot_reloader = HotReloader(services, versions, settings, telemetry)
    predict = predict_routes(services, settings, access_control, batch_queue)
    app = DocumentedApp(
        tasks=services.tasks.values(),
        examples=partial(example_answers, services, settings),
        document_key=lambda: [service.model_id for service in services.values()],
        openapi_url="/openapi.json" if settings.docs else None,
        middleware=middleware(settings, telemetry, predict),
        exception_handlers=HANDLERS,
        lifespan=lifespan(services, hot_reloader, telemetry),
    )
    app.state.services = services
    app.router.routes.extend(predict)
    app.include_router(unknown_model_router(services, access_control))
    app.include_router(models_router(services, settings, access_control))
    app.include_router(health_router(services))
    app.include_router(metrics_router(telemetry, services, access_control))
    app.include_router(docs_router() if settings.docs else index_router())
    return app


def middleware(settings: Settings, telemetry: Telemetry, predict: list[PredictRoute]) -> list[Middleware]:
    """List the middleware that a request passes before the router, the outermost first."""
    hosts = [] if ANY in settings.allowed_hosts else [Middleware(AllowedHosts, names=settings.allowed_hosts)]
    return [
        Middleware(RequestContext, request_log=telemetry.request_log),
        *hosts,
        Middleware(FastPath, routes=predict),
        Middleware(HeadAsGet),
    ]


def load_tasks(settings: Settings) -> Definitions[Task]:
    """Load every task; SettingRefused where APP_TASKS names a folder or package that has none."""
    for folder in map(Path, settings.tasks):
        if folder.is_dir() and not (folder / "tasks").is_dir():
            raise SettingRefused(f"APP_TASKS: the folder {folder} does not contain a folder tasks/.")
    try:
        return read_tasks(settings.tasks)
    except UnknownSource as error:
        raise SettingRefused(f"APP_TASKS: {error}") from None


def lifespan(services: Services, hot_reloader: HotReloader, telemetry: Telemetry) -> Lifespan[FastAPI]:
    """Log what is not served, reload models, and flush the request log after the last request."""

    @asynccontextmanager
    async def run(_app: FastAPI) -> AsyncIterator[dict[str, RequestLog]]:
        services.log_left_out()
        async with hot_reloader.running():
            yield {REQUEST_LOG: telemetry.request_log}
        telemetry.request_log.flush()

    return run

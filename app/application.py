"""The application, put together: read this file first."""

from collections.abc import Mapping

from fastapi import FastAPI
from starlette.middleware import Middleware

from app.desk import Desk, LabelsGiven
from app.document import DocumentedApp
from app.door import open_door
from app.errors import HANDLERS
from app.head import HeadAsGet
from app.hosts import ANY, AllowedHosts
from app.journal import Journal
from app.log import log_requests
from app.metrics import Metrics
from app.porch import Porch
from app.routes.direct import Guards
from app.routes.docs import docs_router
from app.routes.health import health_router
from app.routes.metrics import metrics_router
from app.routes.models import models_router
from app.routes.predict import predict_routes
from app.settings import SettingRefused, Settings
from app.shortcut import Shortcut
from app.turns import Turns
from predictor.errors import DeviceUnavailable, KeyUnusable
from predictor.predictor import Predictor, load_predictor
from predictor.task import Task
from predictor.tasks import find_tasks


def create_app(settings: Settings) -> FastAPI:
    """Build the application with every model loaded and proven on its golden rows.

    Raises PredictorError where a task's model is missing or broken, and SettingRefused where a
    setting is for a task, a device or a file of keys that there is not.
    """
    door = open_door(settings)
    labels_given: LabelsGiven = {}
    turns = Turns(settings.concurrency, settings.queue, settings.request_timeout_seconds)
    desks = open_desks(settings, turns, labels_given)
    metrics = Metrics(desks, labels_given)
    journal = Journal([log_requests, metrics.read])
    predict = [
        route for task in desks for route in predict_routes(task, desks, settings, Guards(door, turns))
    ]
    hosts = [] if ANY in settings.allowed_hosts else [Middleware(AllowedHosts, names=settings.allowed_hosts)]
    app = DocumentedApp(
        openapi_url="/openapi.json" if settings.docs else None,
        middleware=[
            Middleware(Porch, journal=journal),
            *hosts,
            Middleware(Shortcut, routes=predict),
            Middleware(HeadAsGet),
        ],
        exception_handlers=HANDLERS,
    )
    app.router.routes.extend(predict)
    app.include_router(models_router(desks, settings, door))
    app.include_router(health_router(desks))
    app.include_router(metrics_router(metrics, journal, door))
    if settings.docs:
        app.include_router(docs_router())
    return app


def open_desks(settings: Settings, turns: Turns, labels_given: LabelsGiven) -> dict[str, Desk]:
    """Load the model of every task that this installation knows."""
    tasks = find_tasks()
    binary = [name for name, task in tasks.items() if task.kind == "binary"]
    refuse_other_names("APP_THRESHOLDS", settings.thresholds, list(tasks))
    refuse_other_names("APP_PREVALENCE", settings.prevalence, binary)
    return {
        name: Desk(load(task, settings), turns, settings.thresholds.get(name), labels_given)
        for name, task in tasks.items()
    }


def load(task: Task, settings: Settings) -> Predictor:
    """Load the newest model of one task."""
    try:
        return load_predictor(
            settings.models_dir,
            task,
            settings.device,
            settings.prevalence.get(task.name),
            settings.model_public_key,
        )
    except DeviceUnavailable as error:
        raise SettingRefused(f"APP_DEVICE: {error}") from None
    except KeyUnusable as error:
        raise SettingRefused(f"APP_MODEL_PUBLIC_KEY: {error}") from None


def refuse_other_names(variable: str, given: Mapping[str, float], known: list[str]) -> None:
    """Refuse a setting by task that names a task it cannot be for."""
    if not given.keys() <= set(known):
        raise SettingRefused(f"{variable} may only name tasks among: {', '.join(known)}.")

"""The application, put together: read this file first."""

from collections.abc import Mapping

from fastapi import FastAPI
from starlette.middleware import Middleware

from app.desk import Desk
from app.document import DocumentedApp
from app.door import open_door
from app.errors import HANDLERS
from app.head import HeadAsGet
from app.porch import Porch
from app.routes.docs import docs_router
from app.routes.health import health_router
from app.routes.models import models_router
from app.routes.predict import predict_routes
from app.settings import SettingRefused, Settings
from app.shortcut import Shortcut
from predictor.errors import DeviceUnavailable
from predictor.predictor import load_predictor
from predictor.task import Task
from predictor.tasks import find_tasks


def create_app(settings: Settings) -> FastAPI:
    """Build the application with every model loaded and proven on its golden rows.

    Raises PredictorError where a task's model is missing or broken, and SettingRefused where a
    setting is for a task, a device or a file of keys that there is not.
    """
    door = open_door(settings)
    desks = open_desks(settings)
    predict = [route for task in desks for route in predict_routes(task, desks, settings, door)]
    app = DocumentedApp(
        openapi_url="/openapi.json" if settings.docs else None,
        middleware=[
            Middleware(Porch),
            Middleware(Shortcut, routes=predict),
            Middleware(HeadAsGet),
        ],
        exception_handlers=HANDLERS,
    )
    app.router.routes.extend(predict)
    app.include_router(models_router(desks, settings, door))
    app.include_router(health_router(desks))
    if settings.docs:
        app.include_router(docs_router())
    return app


def open_desks(settings: Settings) -> dict[str, Desk]:
    """Load the model of every task that this installation knows."""
    tasks = find_tasks()
    binary = [name for name, task in tasks.items() if task.kind == "binary"]
    refuse_other_names("APP_THRESHOLDS", settings.thresholds, list(tasks))
    refuse_other_names("APP_PREVALENCE", settings.prevalence, binary)
    return {name: open_desk(task, settings) for name, task in tasks.items()}


def open_desk(task: Task, settings: Settings) -> Desk:
    """Load the newest model of one task, and make it ready to be asked."""
    prevalence, threshold = settings.prevalence.get(task.name), settings.thresholds.get(task.name)
    try:
        return Desk(load_predictor(settings.models_dir, task, settings.device, prevalence), threshold)
    except DeviceUnavailable as error:
        raise SettingRefused(f"APP_DEVICE: {error}") from None


def refuse_other_names(variable: str, given: Mapping[str, float], known: list[str]) -> None:
    """Refuse a setting by task that names a task it cannot be for."""
    if not given.keys() <= set(known):
        raise SettingRefused(f"{variable} may only name tasks among: {', '.join(known)}.")

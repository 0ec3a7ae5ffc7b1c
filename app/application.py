"""The application, put together: read this file first."""

import multiprocessing
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from fastapi import FastAPI
from starlette.middleware import Middleware

from app.desk import Desk
from app.document import DocumentedApp
from app.errors import HANDLERS
from app.head import HeadAsGet
from app.porch import Porch
from app.reloading import Reloader, Versions
from app.routes.docs import docs_router
from app.routes.health import health_router
from app.routes.models import models_router
from app.routes.predict import predict_routes
from app.settings import SettingRefused, Settings
from app.shortcut import Shortcut
from predictor.artefact import find_versions, newest_version
from predictor.errors import DeviceUnavailable
from predictor.predictor import read_predictor
from predictor.task import Task
from predictor.tasks import find_tasks


def create_app(settings: Settings) -> FastAPI:
    """Build the application with every model loaded and proven on its golden rows.

    Raises PredictorError where a task's model is missing or broken, and SettingRefused where a
    setting is for a task that there is not, or for a device that there is not.
    """
    versions = Versions(settings.models_dir, partial(open_desk, settings))
    desks = open_desks(settings, versions)
    predict = [route for task in desks for route in predict_routes(task, desks, settings)]
    app = DocumentedApp(
        openapi_url="/openapi.json" if settings.docs else None,
        middleware=[
            Middleware(Porch),
            Middleware(Shortcut, routes=predict),
            Middleware(HeadAsGet),
        ],
        exception_handlers=HANDLERS,
        lifespan=Reloader(desks, versions, settings).watching,
    )
    app.state.desks = desks
    app.router.routes.extend(predict)
    app.include_router(models_router(desks, settings))
    app.include_router(health_router(desks))
    if settings.docs:
        app.include_router(docs_router())
    return app


def open_desks(settings: Settings, versions: Versions) -> dict[str, Desk]:
    """Load the model of every task that this installation knows."""
    tasks = find_tasks()
    binary = [name for name, task in tasks.items() if task.kind == "binary"]
    refuse_other_names("APP_THRESHOLDS", settings.thresholds, list(tasks))
    refuse_other_names("APP_VERSIONS", settings.versions, list(tasks))
    refuse_other_names("APP_PREVALENCE", settings.prevalence, binary)
    return {name: open_first_desk(task, settings, versions) for name, task in tasks.items()}


def open_first_desk(task: Task, settings: Settings, versions: Versions) -> Desk:
    """Load the pinned or the newest version of one task."""
    if task.name in settings.versions:
        return open_desk(settings, task, pinned_version(task.name, settings))
    # A worker replaces one that served; a version that has since turned up bad must not end the server.
    if settings.reload_seconds and multiprocessing.parent_process() is not None:
        desk = versions.open_best(task)
        if desk is not None:
            return desk
    return open_desk(settings, task, newest_version(settings.models_dir, task.name))


def pinned_version(name: str, settings: Settings) -> Path:
    """Give the folder of the version that APP_VERSIONS names."""
    folders = {int(folder.name): folder for folder in find_versions(settings.models_dir, name)}
    version = settings.versions[name]
    if version not in folders:
        there = ", ".join(map(str, folders)) or "none"
        where = settings.models_dir / name
        raise SettingRefused(f"APP_VERSIONS: there is no version {version} in {where}; there are: {there}.")
    return folders[version]


def open_desk(settings: Settings, task: Task, folder: Path) -> Desk:
    """Load one version of a task, and make it ready to be asked."""
    prevalence, threshold = settings.prevalence.get(task.name), settings.thresholds.get(task.name)
    try:
        return Desk(read_predictor(folder, task, settings.device, prevalence), threshold)
    except DeviceUnavailable as error:
        raise SettingRefused(f"APP_DEVICE: {error}") from None


def refuse_other_names(variable: str, given: Mapping[str, float], known: list[str]) -> None:
    """Refuse a setting by task that names a task it cannot be for."""
    if not given.keys() <= set(known):
        raise SettingRefused(f"{variable} may only name tasks among: {', '.join(known)}.")

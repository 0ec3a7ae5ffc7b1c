"""The application, put together: read this file first."""

from collections.abc import Mapping

from fastapi import FastAPI
from starlette.middleware import Middleware

from app.document import DocumentedApp
from app.errors import HANDLERS, LastResort
from app.middleware import HeadAsGet, RequestId
from app.routes.docs import docs_router
from app.routes.health import health_router
from app.routes.models import models_router
from app.routes.predict import predict_routes
from app.settings import SettingRefused, Settings
from app.shortcut import Shortcut
from predictor.errors import DeviceUnavailable, KeyUnusable
from predictor.predictor import Predictor, load_predictor
from predictor.tasks import find_tasks


def create_app(settings: Settings) -> FastAPI:
    """Build the application with every model loaded and proven on its golden rows.

    Raises PredictorError where a task's model is missing or broken, and SettingRefused where a
    setting is for a task that there is not, or for a device that there is not.
    """
    predictors = load_predictors(settings)
    predict = [route for task in predictors for route in predict_routes(task, predictors, settings)]
    app = DocumentedApp(
        openapi_url="/openapi.json" if settings.docs else None,
        middleware=[
            Middleware(RequestId),
            Middleware(LastResort),
            Middleware(Shortcut, routes=predict),
            Middleware(HeadAsGet),
        ],
        exception_handlers=HANDLERS,
    )
    app.router.routes.extend(predict)
    app.include_router(models_router(predictors, settings))
    app.include_router(health_router(predictors))
    if settings.docs:
        app.include_router(docs_router())
    return app


def load_predictors(settings: Settings) -> dict[str, Predictor]:
    """Load the model of every task that this installation knows."""
    tasks = find_tasks()
    binary = [name for name, task in tasks.items() if task.kind == "binary"]
    refuse_other_names("APP_THRESHOLDS", settings.thresholds, list(tasks))
    refuse_other_names("APP_PREVALENCE", settings.prevalence, binary)
    try:
        return {
            name: load_predictor(
                settings.models_dir,
                task,
                settings.device,
                settings.prevalence.get(name),
                settings.model_public_key,
            )
            for name, task in tasks.items()
        }
    except DeviceUnavailable as error:
        raise SettingRefused(f"APP_DEVICE: {error}") from None
    except KeyUnusable as error:
        raise SettingRefused(f"APP_MODEL_PUBLIC_KEY: {error}") from None


def refuse_other_names(variable: str, given: Mapping[str, float], known: list[str]) -> None:
    """Refuse a setting by task that names a task it cannot be for."""
    if not given.keys() <= set(known):
        raise SettingRefused(f"{variable} may only name tasks among: {', '.join(known)}.")

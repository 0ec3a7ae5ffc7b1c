"""GET /models: the served models, and the rates at their thresholds."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from app.http.model_schemas import (
    FeatureDetail,
    ModelDetail,
    ModelList,
    ModelSummary,
    OperatingPointRates,
    OperatingPoints,
    Rates,
    TaskWithoutModel,
    ThresholdInForce,
    ThresholdRates,
)
from app.http.openapi import problems
from app.http.query_params import PredictQuery, RatesQuery, check_query_names
from app.inference.model_service import ModelService
from app.inference.services import Services, Untrained
from app.routes.card import CARD_RESPONSES, card_response
from app.routes.figures import add_figure_route
from app.security.access_control import AccessControl
from app.settings import Settings
from predictor.model.operating_point_rates import rate_intervals, rates_at
from predictor.model.predictor import Predictor


def models_router(services: Services, settings: Settings, access_control: AccessControl) -> APIRouter:
    """Give the routes about the served models."""
    router = APIRouter(
        prefix="/models",
        tags=["Models"],
        dependencies=[*access_control.dependencies(), Depends(check_query_names)],
        responses=access_control.responses() | problems(422),
    )
    task_name = task_parameter(services)

    @router.get("", operation_id="list_models")
    async def models() -> ModelList:
        """List the models, and the tasks without a model."""
        return list_models(services)

    @router.get("/{task}", operation_id="describe_model", responses=problems(404, 503))
    async def model(task: Annotated[str, task_name]) -> ModelDetail:
        """Describe a model: its features, classes, metrics and thresholds."""
        return describe(services[task], settings)

    @router.get("/{task}/operating-points", operation_id="rate_thresholds", responses=problems(404, 503))
    async def operating_points(
        task: Annotated[str, task_name], query: Annotated[RatesQuery, Query()]
    ) -> OperatingPoints:
        """Give the rates of each operating point, and of the requested threshold, on held-out rows."""
        return rate_operating_points(services[task].predictor, query.threshold)

    add_card_route(router, services)
    add_figure_route(router, services, task_name)
    return router


def add_card_route(router: APIRouter, services: Services) -> None:
    """Add the route of the model card."""
    task_name = task_parameter(services)

    @router.get(
        "/{task}/card",
        operation_id="read_model_card",
        response_class=Response,
        responses=problems(404, 503) | CARD_RESPONSES,
    )
    async def card(task: Annotated[str, task_name], request: Request) -> Response:
        """Give the model card, as Markdown, or as HTML where `Accept` prefers that."""
        accept = ",".join(request.headers.getlist("accept"))
        return await asyncio.to_thread(card_response, services[task].predictor, accept)


def task_parameter(services: Services) -> Any:
    """Describe the task in a path as the name of a task."""
    return Path(description="A model's name", json_schema_extra={"enum": list(services.tasks)})


def list_models(services: Services) -> ModelList:
    """Summarise the models, and the tasks without a model."""
    return ModelList(
        models=[ModelSummary(**summarize(service.predictor)) for service in services.values()],
        not_trained=[summarize_untrained(untrained) for untrained in services.untrained.values()],
    )


def summarize(predictor: Predictor) -> dict[str, Any]:
    """Summarise one model for the list."""
    manifest = predictor.manifest
    facts = manifest.model_dump(include={"version", "kind", "outcome", "classes", "created"})
    return {"model": manifest.task, "title": predictor.task.title, **facts}


def summarize_untrained(untrained: Untrained) -> TaskWithoutModel:
    """Summarise one task without a model for the list."""
    task = untrained.task
    return TaskWithoutModel(model=task.name, title=task.title, outcome=task.outcome, detail=untrained.detail)


def describe(service: ModelService, settings: Settings) -> ModelDetail:
    """Describe one model from its manifest and the settings."""
    predictor, manifest = service.predictor, service.predictor.manifest
    in_force = service.choose_threshold(PredictQuery())
    limits = {
        encoded.column: (encoded.low, encoded.high) for encoded in manifest.encoding if encoded.is_limited
    }
    return ModelDetail(
        **summarize(predictor),
        device=predictor.engine.device,
        features=[
            FeatureDetail(
                **feature.column.model_dump(),
                training=feature.training,
                used=feature.used,
                limits=limits.get(feature.column.name),
            )
            for feature in manifest.features
        ],
        calibrated=manifest.is_calibrated,
        metrics=manifest.metrics,
        default_threshold=manifest.thresholds.default,
        operating_points=manifest.thresholds.operating_points,
        in_force=ThresholdInForce(threshold=in_force.value, threshold_source=in_force.source),
        prevalence=settings.prevalence.get(manifest.task),
    )


def rate_operating_points(predictor: Predictor, threshold: float | None) -> OperatingPoints:
    """Give the rates of each operating point, and of `threshold` where it is given."""
    manifest = predictor.manifest
    points = manifest.thresholds.operating_points
    return OperatingPoints(
        model=manifest.task,
        version=manifest.version,
        operating_points={
            name: OperatingPointRates(**dict(point) | {"rates": rates_of(predictor, point.threshold)})
            for name, point in points.items()
        },
        at=None
        if threshold is None
        else ThresholdRates(
            threshold=threshold,
            rates=rates_of(predictor, threshold),
            intervals=rate_intervals(manifest.kind, manifest.thresholds.table, threshold),
        ),
    )


def rates_of(predictor: Predictor, threshold: float) -> Rates:
    """Give the rates of a model at a threshold."""
    manifest = predictor.manifest
    return {**rates_at(manifest.kind, manifest.thresholds.table, threshold)}

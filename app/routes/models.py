"""GET /models: what is served, and what its thresholds do."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from app.card import CARD_RESPONSES, card_response
from app.desk import Desk
from app.document import problems
from app.door import Door
from app.query import PredictQuery, RatesQuery, check_query_names
from app.schemas import (
    FeatureDetail,
    ModelDetail,
    ModelList,
    ModelSummary,
    OperatingPointRates,
    OperatingPoints,
    Rates,
    ThresholdInForce,
    ThresholdRates,
)
from app.settings import Settings
from predictor.errors import UnknownTask
from predictor.predictor import Predictor
from predictor.rate_intervals import rate_intervals
from predictor.thresholds import rates_at


def models_router(desks: Mapping[str, Desk], settings: Settings, door: Door) -> APIRouter:
    """Give the routes about the models that are served."""
    router = APIRouter(
        prefix="/models",
        tags=["Models"],
        dependencies=[*door.dependencies(), Depends(check_query_names)],
        responses=door.responses() | problems(422),
    )
    served = one_of(desks)

    @router.get("", operation_id="list_models")
    async def models() -> ModelList:
        """List the models."""
        return ModelList(models=[ModelSummary(**summary(desk.predictor)) for desk in desks.values()])

    @router.get("/{task}", operation_id="describe_model", responses=problems(404))
    async def model(task: Annotated[str, served]) -> ModelDetail:
        """Describe a model: its features, classes, metrics and thresholds."""
        return detail(find_desk(desks, task), settings)

    @router.get("/{task}/operating-points", operation_id="rate_thresholds", responses=problems(404))
    async def operating_points(
        task: Annotated[str, served], query: Annotated[RatesQuery, Query()]
    ) -> OperatingPoints:
        """Say what each named threshold, and one more, did on held-out rows."""
        return rate(find_desk(desks, task).predictor, query.threshold)

    add_card(router, desks)
    return router


def add_card(router: APIRouter, desks: Mapping[str, Desk]) -> None:
    """Add the route of the model card."""
    served = one_of(desks)

    @router.get(
        "/{task}/card",
        operation_id="read_model_card",
        response_class=Response,
        responses=problems(404) | CARD_RESPONSES,
    )
    async def card(task: Annotated[str, served], request: Request) -> Response:
        """Give the model card, as Markdown, or as HTML where `Accept` prefers that."""
        accept = ",".join(request.headers.getlist("accept"))
        return card_response(find_desk(desks, task).predictor, accept)


def one_of(desks: Mapping[str, Desk]) -> Any:
    """Document a path's task as one of those that are served; another is not found."""
    return Path(description="A model's name", json_schema_extra={"enum": list(desks)})


def find_desk(desks: Mapping[str, Desk], task: str) -> Desk:
    """Give the desk of a task; UnknownTask names the ones there are."""
    if task not in desks:
        raise UnknownTask(f"There is no model of that name; there are: {', '.join(desks)}.")
    return desks[task]


def summary(predictor: Predictor) -> dict[str, Any]:
    """Give what a list of models tells of one."""
    manifest = predictor.manifest
    facts = manifest.model_dump(include={"version", "kind", "outcome", "classes", "created"})
    return {"model": manifest.task, "title": predictor.task.title, **facts}


def detail(desk: Desk, settings: Settings) -> ModelDetail:
    """Give all that the manifest and the settings tell a caller."""
    predictor, manifest = desk.predictor, desk.predictor.manifest
    in_force = desk.choose_threshold(PredictQuery())
    return ModelDetail(
        **summary(predictor),
        device=predictor.engine.device,
        features=[
            FeatureDetail(**dict(feature.column), training=feature.training, used=feature.used)
            for feature in manifest.features
        ],
        metrics=manifest.metrics,
        default_threshold=manifest.thresholds.default,
        operating_points=manifest.thresholds.operating_points,
        in_force=ThresholdInForce(threshold=in_force.value, threshold_source=in_force.source),
        prevalence=settings.prevalence.get(manifest.task),
    )


def rate(predictor: Predictor, threshold: float | None) -> OperatingPoints:
    """Give the rates at each named threshold, and at one more where it is given."""
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

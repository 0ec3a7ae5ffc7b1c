"""Example answers for the OpenAPI document: those of the served models, to the example of each task."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel
from pydantic_core import from_json

from app.http.model_schemas import Alive
from app.http.query_params import PredictQuery
from app.http.response_writer import ResponseWriter
from app.inference.model_service import ModelService
from app.inference.services import Services
from app.routes.health import ready_models
from app.routes.models import describe, list_models, rate_operating_points
from app.settings import Settings

# By path, and then by name.
Examples = dict[str, dict[str, Any]]

EXAMPLE_THRESHOLD = 0.1


def example_answers(services: Services, settings: Settings) -> Examples:
    """Give the answers that this server would give now; a task without an example or a model has none."""
    examples: Examples = {
        "/health/live": {"alive": _json(Alive())},
        "/health/ready": {"ready": _json(ready_models(services))},
    }
    # The document is read without a key, so it must not have answers that need one.
    return examples if settings.api_keys_file else examples | _model_answers(services, settings)


def _model_answers(services: Services, settings: Settings) -> Examples:
    examples: Examples = {
        "/models": {"models": _json(list_models(services))},
    }
    for name, service in services.items():
        examples |= {path: {name: answer} for path, answer in _predictions(service)}
    # These answers are long, and alike for all models.
    for name, service in list(services.items())[:1]:
        rates = rate_operating_points(service.predictor, EXAMPLE_THRESHOLD)
        examples["/models/{task}"] = {name: _json(describe(service, settings))}
        examples["/models/{task}/operating-points"] = {name: _json(rates)}
    return examples


def _predictions(service: ModelService) -> Iterator[tuple[str, Any]]:
    predictor, task = service.predictor, service.predictor.task
    if not task.features.example:
        return
    # This writer counts its labels apart, because no client asked for these predictions.
    writer = ResponseWriter(predictor.manifest, Counter())
    row, query = task.features.model_validate(task.features.example), PredictQuery()
    predictions = predictor.predict([row], query.error_rate)
    threshold = service.choose_threshold(query)
    yield f"/predict/{task.name}", from_json(writer.row(predictions, threshold))
    yield f"/predict/{task.name}/batch", from_json(writer.batch(predictions, threshold))


def _json(answer: BaseModel) -> Any:
    return answer.model_dump(mode="json", by_alias=True)

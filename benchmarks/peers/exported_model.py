"""The model that the peers serve: the artefact that this service serves, through the same package."""

from collections.abc import Mapping
from typing import Any

from benchmarks.workload import MODELS, TASK
from predictor.model.predictor import load_predictor


class ExportedModel:
    """The newest version of the model, on the CPU."""

    def __init__(self) -> None:
        self._predictor = load_predictor(MODELS, TASK, "cpu")

    def predict(self, row: Mapping[str, Any]) -> dict[str, float]:
        """Validate one row and return its probability."""
        features = TASK.features.model_validate(dict(row))
        return {"probability": self._predictor.predict([features]).numbers[0]}

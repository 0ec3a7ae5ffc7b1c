"""The model that the peers serve: the artefact that we serve, asked through the same package."""

from collections.abc import Callable, Mapping
from typing import Any

from benchmarks.case import MODELS, TASK
from predictor.model.predictor import load_predictor

Ask = Callable[[Mapping[str, Any]], dict[str, float]]


def load_lowered() -> Ask:
    """Load the model; the function that it gives checks a row and answers its probability."""
    predictor = load_predictor(MODELS, TASK, "cpu")

    def ask(row: Mapping[str, Any]) -> dict[str, float]:
        features = TASK.features.model_validate(dict(row))
        return {"probability": predictor.predict([features]).numbers[0]}

    return ask

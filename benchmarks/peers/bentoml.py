"""BentoML as in its first example, without its access log; `bentoml serve` starts it."""

from typing import Any

import bentoml

from benchmarks.peers.exported_model import ExportedModel


@bentoml.service(workers=1, logging={"access": {"enabled": False}})
class RowService:
    """The model; a request is one row under the name `row`."""

    def __init__(self) -> None:
        self.model = ExportedModel()

    @bentoml.api
    def predict(self, row: dict[str, Any]) -> dict[str, float]:
        """Predict one row."""
        return self.model.predict(row)

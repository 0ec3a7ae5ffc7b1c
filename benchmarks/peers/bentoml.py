"""BentoML, as its first example has it, without its access log; `bentoml serve` starts it."""

from typing import Any

import bentoml

from benchmarks.peers.lowered import load_lowered


@bentoml.service(workers=1, logging={"access": {"enabled": False}})
class ExportedWeights:
    """The model; a request is a row under its name."""

    def __init__(self) -> None:
        self.ask = load_lowered()

    @bentoml.api
    def predict(self, row: dict[str, Any]) -> dict[str, float]:
        """Answer one row."""
        return self.ask(row)

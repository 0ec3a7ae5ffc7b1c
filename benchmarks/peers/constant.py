"""A FastAPI route with the request and response models of this service and a constant response."""

import os

from fastapi import FastAPI

from app.http.response_schemas import single_model
from benchmarks.workload import TASK


def constant_app(answer: str) -> FastAPI:
    """Build an application that validates a row and returns the JSON `answer` through the response model."""
    row_model, answer_model = TASK.features, single_model(TASK)
    constant = answer_model.model_validate_json(answer)
    # Without telemetry FastAPI is fastest; a slower route would make the comparison too easy.
    app = FastAPI(telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False})

    @app.post(f"/predict/{TASK.name}")
    async def predict(row: row_model) -> answer_model:  # type: ignore[valid-type]
        return constant

    return app


if "BENCHMARK_ANSWER" in os.environ:
    app = constant_app(os.environ["BENCHMARK_ANSWER"])

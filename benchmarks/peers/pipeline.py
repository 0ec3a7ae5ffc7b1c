"""FastAPI as in tutorials: a pandas frame, the fitted ColumnTransformer and the torch module."""

from typing import Any

import joblib
import numpy as np
import pandas as pd
import torch
from fastapi import FastAPI
from pydantic import BaseModel

from benchmarks.workload import MODELS, TASK
from predictor.artefact.reader import PREPROCESSOR, newest_version, read_artefact
from predictor.schema.features import Features
from training.learning.network import Network

COLUMNS = [column.name for column in TASK.features.columns()]


class Prediction(BaseModel):
    """The prediction for one row."""

    probability: float
    label: int


class Batch(BaseModel):
    """Rows."""

    instances: list[TASK.features]  # type: ignore[name-defined]


class Predictions(BaseModel):
    """One prediction for each row."""

    predictions: list[Prediction]


class Pipeline:
    """The fitted preprocessor and the torch network of the artefact, before export."""

    def __init__(self) -> None:
        torch.set_num_threads(1)
        artefact = read_artefact(newest_version(MODELS, TASK.name))
        self._preprocessor = joblib.load(artefact.folder / PREPROCESSOR)
        self._network = _network(artefact.model)
        self._slope = float(artefact.model.slope)
        self._intercept = float(artefact.model.intercept_C[0])
        self._threshold = artefact.manifest.thresholds.default

    @torch.inference_mode()
    def __call__(self, rows: list[Features]) -> list[Prediction]:
        """Predict rows."""
        values = [row.__dict__ for row in rows]
        frame = pd.DataFrame(
            {name: [np.nan if row[name] is None else row[name] for row in values] for name in COLUMNS}
        )
        inputs = torch.as_tensor(np.asarray(self._preprocessor.transform(frame)), dtype=torch.float32)
        logits = self._network(inputs)[..., 0].double().mean(dim=0)
        probabilities = torch.sigmoid(self._slope * logits + self._intercept).tolist()
        return [Prediction(probability=p, label=int(p >= self._threshold)) for p in probabilities]


def _network(model: Any) -> Network:
    network = Network(model.shape, torch.Generator())
    with torch.no_grad():
        for weight, bias, weight_MIO, bias_MO in zip(
            network.weights_MIO, network.biases_M1O, model.weights_MIO, model.biases_MO, strict=True
        ):
            weight.copy_(torch.as_tensor(weight_MIO))
            bias.copy_(torch.as_tensor(bias_MO)[:, None, :])
    return network.eval()


app = FastAPI()
pipeline = Pipeline()


@app.post(f"/predict/{TASK.name}")
async def predict(row: TASK.features) -> Prediction:  # type: ignore[name-defined]
    """Predict one row."""
    return pipeline([row])[0]


@app.post(f"/predict/{TASK.name}/batch")
async def predict_batch(body: Batch) -> Predictions:
    """Predict many rows."""
    return Predictions(predictions=pipeline(body.instances))


@app.get("/health/ready")
async def ready() -> dict[str, str]:
    """Report that the model is loaded."""
    return {"status": "ready"}

"""Made-up rows, small recipes and networks with given weights; no row is taken from a real file.

Shapes: M members, N rows, F inputs, I inputs and O outputs of a layer.
"""

from pathlib import Path

import numpy as np
import torch

from predictor.artefact.weights import NetworkShape
from predictor.tasks.iris import TASK as IRIS
from predictor.tasks.stroke import TASK as STROKE
from training.learning.network import Network
from training.recipe import Recipe, change_recipe
from training.recipes.iris import LECTURE as IRIS_LECTURE
from training.recipes.stroke import LECTURE as STROKE_LECTURE

HEADER = ("id", *(column.name for column in STROKE.features.columns()), STROKE.target)
ROWS = 400
POINTS = 240

QUICK = ("--epochs", "3", "--patience", "0")


def iris_recipe(**changes: object) -> Recipe:
    return change_recipe(IRIS_LECTURE, changes)


def stroke_recipe(**changes: object) -> Recipe:
    return change_recipe(STROKE_LECTURE, changes)


def stroke_records(rows: int = ROWS, seed: int = 0) -> list[dict[str, str]]:
    """Draw made-up rows; a high age and a high glucose level make a stroke likely."""
    random = np.random.default_rng(seed)
    return [_stroke_record(random, identifier) for identifier in range(1, rows + 1)]


def _stroke_record(random: np.random.Generator, identifier: int) -> dict[str, str]:
    record = {"id": str(identifier)}
    for column in STROKE.features.columns():
        if column.kind == "category":
            record[column.name] = str(random.choice(column.categories))
        elif column.kind == "flag":
            record[column.name] = str(random.integers(2))
    age, glucose = random.uniform(1, 90), random.uniform(60, 250)
    record["age"], record["avg_glucose_level"] = f"{age:.2f}", f"{glucose:.2f}"
    record["bmi"] = "N/A" if identifier % 20 == 0 else f"{random.uniform(15, 45):.1f}"
    record["stroke"] = str(int(age / 90 + glucose / 250 + random.normal(0, 0.15) > 1.35))
    return record


def csv_text(records: list[dict[str, str]], header: tuple[str, ...] = HEADER, line_end: str = "\n") -> str:
    lines = [header, *(tuple(record[name] for name in header) for record in records)]
    return "".join(",".join(line) + line_end for line in lines)


def write_csv(path: Path, records: list[dict[str, str]], header: tuple[str, ...] = HEADER) -> Path:
    path.write_text(csv_text(records, header), encoding="utf-8", newline="")
    return path


def cloud(classes: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Draw overlapping clusters of points, so that no model can separate them perfectly."""
    generator = torch.Generator().manual_seed(0)
    labels_N = torch.arange(POINTS) % classes
    x_NF = torch.randn(POINTS, 2, generator=generator)
    x_NF[:, 0] += labels_N
    return x_NF, labels_N


def linear_network(weights_IO: list[list[float]], biases_O: list[float]) -> Network:
    """Build the network without hidden layers that has these weights."""
    shape = network_shape(inputs=len(weights_IO), outputs=len(biases_O))
    network = Network(shape, torch.Generator())
    with torch.no_grad():
        network.weights_MIO[0].copy_(torch.tensor([weights_IO]))
        network.biases_M1O[0].copy_(torch.tensor([[biases_O]]))
    return network


def network_shape(
    *, inputs: int, outputs: int, hidden: tuple[int, ...] = (), members: int = 1
) -> NetworkShape:
    return NetworkShape(
        members=members,
        inputs=inputs,
        hidden=hidden,
        outputs=outputs,
        activation="leaky_relu",
        negative_slope=0.2,
    )


__all__ = [
    "HEADER",
    "IRIS",
    "POINTS",
    "QUICK",
    "ROWS",
    "STROKE",
    "cloud",
    "csv_text",
    "iris_recipe",
    "linear_network",
    "network_shape",
    "stroke_recipe",
    "stroke_records",
    "write_csv",
]

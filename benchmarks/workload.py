"""The workload of every measured server: the same task, the same rows and the same model."""

import random
from functools import cache
from pathlib import Path
from typing import Any

from predictor.artefact.manifest import Manifest
from predictor.artefact.reader import newest_version, read_artefact
from predictor.artefact.records import FeatureRecord
from predictor.schema.column import Value
from predictor.tasks import find_task

ROOT = Path(__file__).parents[1]
MODELS = ROOT / "models"
TASK = find_task("stroke")
ROW: dict[str, Value] = TASK.features.example

SEED = 1
Rows = list[dict[str, Value]]


@cache
def manifest() -> Manifest:
    """Return the manifest of the model that every server serves."""
    return read_artefact(newest_version(MODELS, TASK.name)).manifest


def draw_rows(count: int, missing_share: float = 0.0) -> Rows:
    """Draw rows inside the training range; nullable columns are null in `missing_share` of the rows."""
    # Identical rows would reward a cache, and rows with input warnings would measure the writing of warnings.
    generator = random.Random(SEED)  # noqa: S311 (synthetic rows need no cryptography)
    return [
        {
            feature.column.name: _draw_value(feature, missing_share, generator)
            for feature in manifest().features
        }
        for _ in range(count)
    ]


def _draw_value(feature: FeatureRecord, missing_share: float, generator: random.Random) -> Value:
    column, training = feature.column, feature.training
    if column.nullable and generator.random() < missing_share:
        return None
    if column.is_numeric:
        number = generator.uniform(training.percentiles[0], training.percentiles[-1])
        return round(number) if column.kind == "integer" else round(number, 2)
    common_levels = [level for level in training.levels if level not in training.sparse_levels]
    level = generator.choice(common_levels)
    return int(level) if column.kind == "flag" else level


def probability_of(response: dict[str, Any]) -> float:
    """Read the probability from a response that has it under this name."""
    return float(response["probability"])

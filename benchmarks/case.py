"""The one question that every contender is asked: the same task, the same rows, the same model."""

import random
from functools import cache
from pathlib import Path
from typing import Any

from predictor.artefact.manifest import Manifest
from predictor.artefact.reader import newest_version, read_artefact
from predictor.artefact.records import FeatureRecord
from predictor.schema.features import Value
from predictor.tasks import find_task

ROOT = Path(__file__).parents[1]
MODELS = ROOT / "models"
TASK = find_task("stroke")
ROW: dict[str, Value] = TASK.features.example

SEED = 1
Rows = list[dict[str, Value]]


@cache
def manifest() -> Manifest:
    """Give the manifest of the model that every contender serves."""
    return read_artefact(newest_version(MODELS, TASK.name)).manifest


def draw_rows(count: int, missing_share: float = 0.0) -> Rows:
    """Draw rows that the model knows well; nullable columns are null in that share of them."""
    # Identical rows would reward a cache, and warnings would measure the writing of warnings.
    random_ = random.Random(SEED)  # noqa: S311 (made-up rows need no cryptography)
    return [
        {feature.column.name: _draw(feature, missing_share, random_) for feature in manifest().features}
        for _ in range(count)
    ]


def _draw(feature: FeatureRecord, missing_share: float, random_: random.Random) -> Value:
    column, training = feature.column, feature.training
    if column.nullable and random_.random() < missing_share:
        return None
    if column.kind == "number":
        return round(random_.uniform(training.percentiles[0], training.percentiles[-1]), 2)
    known = [level for level in training.levels if level not in training.sparse_levels]
    level = random_.choice(known)
    return int(level) if column.kind == "flag" else level


def probability_of(answer: dict[str, Any]) -> float:
    """Read the probability out of an answer that has it by that name."""
    return float(answer["probability"])

"""The effect of one column on the answers of a model, by partial dependence (Friedman 2001).

Shapes: M members, B rows, G values of a grid, K columns of an engine, C outputs, L classes.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from predictor.artefact.effects import Effect
from predictor.artefact.weights import Array, ExportedWeights
from predictor.engines.activations import probabilities_from_logits
from predictor.engines.encoding import raw_matrix
from predictor.engines.engine import Engine
from predictor.engines.selection import choose_engine
from predictor.model.prediction_sets import member_interval
from predictor.schema.column import Column
from training.data.dataset import Indices
from training.evaluation.effects.value_grids import MISSING, ValueGrid, build_grid
from training.run import TrainingResult

# More columns, classes or rows make a card that no one reads, or a slow publication.
MAX_COLUMNS = 12
MAX_CLASSES = 4
MAX_ROWS = 1_000

HIGH_PERCENTILE = 98
DIGITS = 4
# Answers have nine decimals: a smaller probability counts as this one, and a smaller fall as none.
SMALLEST = 1e-9


def find_effects(
    result: TrainingResult, weights: ExportedWeights, importance: Sequence[str] = ()
) -> tuple[Effect, ...]:
    """Give the effects of the first used columns, the most important first, for each class of interest.

    The answers are those of the exported model for up to 1,000 validation rows, or training rows where there
    are none. In a binary task, the class is the second; else the most frequent ones of the training rows.
    """
    engine = choose_engine(weights, result.task.features.columns(), "cpu")
    raw_BK = raw_matrix(result.data.take(_choose_rows(result)), engine.columns)
    effects: list[Effect] = []
    for column in choose_columns(result, importance):
        grid = _grid_of(result, column)
        effects += _find_effects_of(result, engine, raw_BK, grid)
    return tuple(effects)


def choose_columns(result: TrainingResult, importance: Sequence[str]) -> list[Column]:
    """Give the first used columns in the order of their importance."""
    places = {name: place for place, name in enumerate(importance)}
    ordered = sorted(result.inputs.columns, key=lambda column: places.get(column.name, len(places)))
    return ordered[:MAX_COLUMNS]


def _choose_rows(result: TrainingResult) -> Indices:
    rows = result.splits.validation if result.splits.validation.size else result.splits.train
    evenly = np.linspace(0, len(rows) - 1, min(len(rows), MAX_ROWS)).round().astype(int)
    chosen: Indices = rows[evenly]
    return chosen


def _grid_of(result: TrainingResult, column: Column) -> ValueGrid:
    is_category = result.inputs.methods.get(column.name) == "category"
    return build_grid(column, result.data.take(result.splits.train), with_missing=is_category)


def _find_effects_of(
    result: TrainingResult, engine: Engine, raw_BK: Array, grid: ValueGrid
) -> Iterator[Effect]:
    k = engine.columns.index(grid.column)
    logits_GMBC = np.array([engine.calibrated_logits(_with_value(raw_BK, k, raw)) for raw in grid.raw_G])
    answers_GBC = probabilities_from_logits(logits_GMBC.mean(axis=1))
    members_GMC = probabilities_from_logits(logits_GMBC).mean(axis=2)
    band_2GC = member_interval(members_GMC.swapaxes(0, 1))
    for outcome in _choose_classes(result):
        c = 0 if result.task.kind == "binary" else outcome
        yield Effect(
            column=grid.column.name,
            outcome=result.task.classes[outcome],
            rows=len(raw_BK),
            values=grid.values,
            mean=_round(answers_GBC[:, :, c].mean(axis=1)),
            low=_round(band_2GC[0, :, c]),
            high=_round(band_2GC[1, :, c]),
            **_describe_shape(grid, answers_GBC[:, :, c]),
        )


def _with_value(raw_BK: Array, k: int, raw: float) -> Array:
    changed_BK = raw_BK.copy()
    changed_BK[:, k] = raw
    return changed_BK


def _choose_classes(result: TrainingResult) -> list[int]:
    if result.task.kind == "binary":
        return [1]
    counts = np.bincount(result.data.labels[result.splits.train], minlength=len(result.task.classes))
    return sorted(np.argsort(-counts, kind="stable")[:MAX_CLASSES].tolist())


def _describe_shape(grid: ValueGrid, answers_GB: Array) -> dict[str, Any]:
    """Say how far the answer of one row moves with the column, and how many answers fall as it rises."""
    clipped_GB = answers_GB.clip(SMALLEST)
    factors_B = clipped_GB.max(axis=0) / clipped_GB.min(axis=0)
    median, high = np.percentile(factors_B, (50, HIGH_PERCENTILE))
    falls_B = (np.diff(answers_GB, axis=0) < -SMALLEST).any(axis=0)
    has_order = grid.column.kind != "category" and MISSING not in grid.values
    return {
        "median_factor": round_digits(median),
        "high_factor": round_digits(high),
        "falls": round_digits(falls_B.mean()) if has_order else None,
    }


def _round(numbers: Array) -> tuple[float, ...]:
    return tuple(map(round_digits, numbers.tolist()))


def round_digits(number: float) -> float:
    """Round to four significant digits, which keeps the manifest small."""
    return float(f"{number:.{DIGITS}g}")

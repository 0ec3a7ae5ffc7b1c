"""Operating points: thresholds chosen on validation rows by the recipe's rules, with their rates."""

import numpy as np
from numpy.typing import NDArray

from predictor.artefact.records import STEPS, CountTable, OperatingPoint, Thresholds
from predictor.model.operating_point_rates import rate_intervals, rates_at
from predictor.schema.task import TaskKind
from training.learning.metrics import scores_and_hits
from training.recipe import Recipe, ThresholdRule
from training.run import ScoredRows


def find_thresholds(recipe: Recipe, scored: ScoredRows) -> Thresholds:
    """Choose every operating point of the recipe, and count the rows at every threshold."""
    table = count_table(scored)
    kind: TaskKind = "binary" if scored.probabilities_BC.shape[1] == 1 else "multiclass"
    points = {name: find_point(rule, table, kind) for name, rule in recipe.operating_points.items()}
    return Thresholds(default=points["default"].threshold, operating_points=points, table=table)


def find_point(rule: ThresholdRule, table: CountTable, kind: TaskKind) -> OperatingPoint:
    """Choose a threshold, and give its rates with intervals."""
    threshold = choose_threshold(rule, table)
    return OperatingPoint(
        threshold=threshold,
        description=rule.description,
        rates=rates_at(kind, table, threshold),
        intervals=rate_intervals(kind, table, threshold),
    )


def choose_threshold(rule: ThresholdRule, table: CountTable) -> float:
    """Apply a rule to the counts; unless it is fixed, the threshold is a step of the table."""
    if rule.rule == "fixed":
        return rule.value
    hits, misses = _at_or_above(table.hits), _at_or_above(table.misses)
    sensitivity, false_positive_rate = hits / hits[0], misses / misses[0]
    if rule.rule == "sensitivity":
        index = int(np.flatnonzero(sensitivity >= rule.value)[-1])
    elif rule.rule == "flagged":
        few_enough = np.flatnonzero(hits + misses <= rule.value * (hits[0] + misses[0]))
        if not few_enough.size:
            # Too many rows share the highest score, so the threshold lies above it and flags no row.
            return min(table.steps[-1] + 1, STEPS) / STEPS
        index = int(few_enough[0])
    else:
        index = int(np.argmax(sensitivity - false_positive_rate))
    return table.steps[index] / STEPS


def _at_or_above(counts: tuple[int, ...]) -> NDArray[np.int64]:
    return np.cumsum(counts[::-1])[::-1]


def count_table(scored: ScoredRows) -> CountTable:
    """Count hits and misses by probability, rounded down to a step of the table."""
    scores_B, hits_B = scores_and_hits(scored.labels_B, scored.probabilities_BC)
    steps_B = np.floor(scores_B * STEPS).astype(int)
    steps, indices_B = np.unique(steps_B, return_inverse=True)
    hits = np.bincount(indices_B, weights=hits_B, minlength=len(steps)).astype(int)
    rows = np.bincount(indices_B, minlength=len(steps))
    return CountTable(
        steps=tuple(steps.tolist()), hits=tuple(hits.tolist()), misses=tuple((rows - hits).tolist())
    )

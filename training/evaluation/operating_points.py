"""Operating points: thresholds chosen on held-out rows by the recipe's rules, and what they do there."""

import numpy as np
from numpy.typing import NDArray

from predictor.artefact.records import STEPS, CountTable, OperatingPoint, Thresholds
from predictor.model.operating_point_rates import rate_intervals, rates_at
from predictor.schema.task import TaskKind
from training.recipe import Recipe, ThresholdRule
from training.run import ScoredRows


def find_thresholds(recipe: Recipe, held_out: ScoredRows) -> Thresholds:
    """Choose every operating point of the recipe, and keep the counts at every threshold."""
    table = count_table(held_out)
    points = {name: find_point(rule, table, held_out) for name, rule in recipe.operating_points.items()}
    return Thresholds(default=points["default"].threshold, operating_points=points, table=table)


def find_point(rule: ThresholdRule, table: CountTable, held_out: ScoredRows) -> OperatingPoint:
    """Choose one threshold and say what it does to the held-out rows."""
    threshold = choose_threshold(rule, table)
    kind: TaskKind = "binary" if held_out.probabilities_BC.shape[1] == 1 else "multiclass"
    return OperatingPoint(
        threshold=threshold,
        description=rule.description,
        rates=rates_at(kind, table, threshold),
        intervals=rate_intervals(kind, table, threshold),
    )


def choose_threshold(rule: ThresholdRule, table: CountTable) -> float:
    """Apply a rule to the counts; the threshold is a whole step, so its counts are exact."""
    if rule.rule == "fixed":
        return rule.value
    hits, misses = _at_or_above(table.hits), _at_or_above(table.misses)
    sensitivity, false_rate = hits / hits[0], misses / misses[0]
    if rule.rule == "sensitivity":
        place = int(np.flatnonzero(sensitivity >= rule.value)[-1])
    elif rule.rule == "flagged":
        few_enough = np.flatnonzero(hits + misses <= rule.value * (hits[0] + misses[0]))
        if not few_enough.size:
            # Even the highest score is given to too many: a threshold above it flags nobody.
            return min(table.steps[-1] + 1, STEPS) / STEPS
        place = int(few_enough[0])
    else:
        place = int(np.argmax(sensitivity - false_rate))
    return table.steps[place] / STEPS


def _at_or_above(counts: tuple[int, ...]) -> NDArray[np.int64]:
    return np.cumsum(counts[::-1])[::-1]


def count_table(part: ScoredRows) -> CountTable:
    """Count hits and misses by probability, rounded down to a step of the table."""
    if part.probabilities_BC.shape[1] == 1:
        scores_B, hits_B = part.probabilities_BC[:, 0], part.labels_B == 1
    else:
        scores_B = part.probabilities_BC.max(axis=1)
        hits_B = part.probabilities_BC.argmax(axis=1) == part.labels_B
    steps_B = np.floor(scores_B * STEPS).astype(int)
    steps, places_B = np.unique(steps_B, return_inverse=True)
    hits = np.bincount(places_B, weights=hits_B, minlength=len(steps)).astype(int)
    rows = np.bincount(places_B, minlength=len(steps))
    return CountTable(
        steps=tuple(steps.tolist()), hits=tuple(hits.tolist()), misses=tuple((rows - hits).tolist())
    )

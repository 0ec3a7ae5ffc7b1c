"""What each threshold does to held-out rows, counted once and kept in the manifest."""

import numpy as np

from predictor.thresholds import STEPS, CountTable, Thresholds
from training.recipe import Recipe
from training.run import Part


def find_thresholds(recipe: Recipe, held_out: Part) -> Thresholds:
    """Give the recipe's operating points and the counts of the held-out rows at every threshold."""
    return Thresholds(
        default=recipe.operating_points["default"].threshold,
        operating_points=recipe.operating_points,
        table=count_table(held_out),
    )


def count_table(part: Part) -> CountTable:
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

"""The settings in which recipes differ, in the words of the model card."""

from collections.abc import Iterator, Mapping, Sequence

from predictor.artefact.card.recipe_table import NOTHING, Row, describe_recipe
from training.recipe import Recipe, ThresholdRule

RULES = {
    "fixed": "the threshold {value:.4g}",
    "sensitivity": "a sensitivity of at least {value:g}",
    "flagged": "at most {value:g} of the rows flagged",
    "youden": "the largest sensitivity + specificity",
}


def find_differences(recipes: Sequence[Recipe]) -> list[tuple[str, ...]]:
    """Give the settings that differ, each with its value in every recipe, in the order of the recipe."""
    settings = [dict(_settings(recipe)) for recipe in recipes]
    names = dict.fromkeys(name for found in settings for name in found)
    rows = [(name, *(found.get(name, NOTHING) for found in settings)) for name in names]
    return [row for row in rows if len(set(row[1:])) > 1]


def _settings(recipe: Recipe) -> Iterator[Row]:
    yield from describe_recipe(recipe.model_dump(mode="json"))
    yield from _operating_points(recipe.operating_points)


def _operating_points(points: Mapping[str, ThresholdRule]) -> Iterator[Row]:
    for name, rule in points.items():
        yield f"operating point {name}", RULES[rule.rule].format(value=rule.value)

"""Small plans and data sets for the comparison on folds."""

import dataclasses

import numpy as np

from predictor.tasks.stroke import StrokeFeatures
from tests.support.training.made_up import STROKE
from tests.support.training.runs import quick
from training.data.dataset import DataSet
from training.evaluation.folds.baselines import BOOSTED, Baseline
from training.evaluation.folds.resampling import Resampling
from training.evaluation.folds.results import Plan
from training.recipes import find_task_recipes
from training.task_recipes import TaskRecipes

TASK_RECIPES = find_task_recipes()["stroke"]
ONCE = Resampling(splits=2, repeats=1)
FEW_TREES = {"n_estimators": 5, "iterations": 5, "max_rounds": 5, "outer_bags": 1}


def quick_recipes() -> TaskRecipes:
    """Give the recipes of the task with three epochs each, of which one is compared."""
    recipes = {name: quick(recipe) for name, recipe in TASK_RECIPES.recipes.items()}
    return dataclasses.replace(
        TASK_RECIPES, recipes=recipes, compared={"all_columns": "what the other columns would add"}
    )


def small(baseline: Baseline) -> Baseline:
    """Give a baseline with few trees."""
    known = baseline.build().get_params().keys() | {"iterations"} & baseline.settings.keys()
    few = {name: number for name, number in FEW_TREES.items() if name in known}
    return dataclasses.replace(baseline, settings=baseline.settings | few)


def small_plan(processes: int = 1) -> Plan:
    """Give a plan with two folds and few trees."""
    return Plan(ONCE, boosted=tuple(map(small, BOOSTED)), processes=processes)


def data_with_informative_missingness(rows: int = 2000) -> DataSet:
    """Draw rows in which bmi is missing more often with the outcome, and its values say nothing."""
    random = np.random.default_rng(0)
    labels = (random.uniform(size=rows) < 0.2).astype(np.int64)
    missing = random.uniform(size=rows) < np.where(labels == 1, 0.3, 0.05)
    drawn = [
        StrokeFeatures.model_validate(
            StrokeFeatures.example
            | {"age": float(random.uniform(20, 80)), "gender": str(random.choice(["Female", "Male"]))}
            | {"bmi": None if is_missing else float(np.clip(random.normal(29, 6), 15, 45))}
        )
        for is_missing in missing
    ]
    return DataSet(STROKE, tuple(drawn), labels)

"""Everything that the page reports, computed in one go."""

from dataclasses import dataclass

import numpy as np

from training.data.dataset import DataSet, Indices
from training.data.split import split_rows
from training.evaluation.folds.baselines import BOOSTED, LOGISTIC, Baseline
from training.evaluation.folds.candidates import EVALUATED, baseline_models, recipe_models
from training.evaluation.folds.known_rows import ALL_ROWS, choose_row_sets
from training.evaluation.folds.missing_values import MissingColumn, score_missing
from training.evaluation.folds.models import FoldModel, RecipeModel
from training.evaluation.folds.processes import Scorer
from training.evaluation.folds.resampling import FIVE_FOLDS, TWENTY_FOLDS, Folds, Resampling
from training.evaluation.folds.scores import Comparison, Scores
from training.preprocessing.inputs import check_values
from training.recipe import Recipe
from training.run import ScoredRows
from training.task_recipes import TaskRecipes


@dataclass(frozen=True)
class Plan:
    """How much is computed: on which folds, with which baselines, and whether with other recipes.

    `processes` is the number of processes, by default one for each core; results do not depend on it.
    """

    resampling: Resampling = TWENTY_FOLDS
    boosted: tuple[Baseline, ...] = BOOSTED
    with_other_recipes: bool = True
    processes: int | None = None

    @property
    def is_full(self) -> bool:
        """Say whether everything is compared, as opposed to --quick."""
        return self.with_other_recipes

    @property
    def baselines(self) -> tuple[Baseline, ...]:
        """Give all baselines."""
        return (LOGISTIC, *self.boosted)


FULL_PLAN = Plan()
QUICK_PLAN = Plan(FIVE_FOLDS, boosted=(), with_other_recipes=False)


@dataclass(frozen=True)
class Choice:
    """The comparison of the recipes on folds of training and validation rows alone."""

    rows: Indices
    rows_title: str
    comparison: Comparison


@dataclass(frozen=True)
class Results:
    """The results of the evaluated recipe and of all models that it is compared with.

    `comparisons` has one comparison for each set of rows, the known rows first. `choice` is None where there
    is one recipe. `scored` has every row once, as a test row.
    """

    task_recipes: TaskRecipes
    recipe: Recipe
    data: DataSet
    plan: Plan
    choice: Choice | None
    comparisons: dict[str, Comparison]
    missing: list[MissingColumn]
    scored: ScoredRows

    @property
    def recipes(self) -> list[Recipe]:
        """Give the recipes that are compared, the evaluated one first."""
        return [model.recipe for model in recipe_models(self.task_recipes, self.recipe)]


def compute_results(task_recipes: TaskRecipes, recipe: Recipe, scorer: Scorer, plan: Plan) -> Results:
    """Fit every model to every fold; UsageError where rows or packages are missing."""
    data, splits = scorer.data, plan.resampling.splits
    for baseline in plan.baselines:
        baseline.build()
    folds = plan.resampling.folds(data.labels)
    for train_rows, _ in folds:
        check_values(data.take(train_rows))
    recipes = recipe_models(task_recipes, recipe) if plan.with_other_recipes else []
    choice = _compare_recipes(recipes, recipe, scorer, plan.resampling) if len(recipes) > 1 else None
    baselines = baseline_models(task_recipes, recipe, data, plan.boosted)
    models: list[FoldModel] = [*(recipes or [RecipeModel(EVALUATED, recipe)]), *baselines]
    scores = scorer.score(ALL_ROWS, models, folds)
    answers = {name: of.each_row(splits, len(data.rows)) for name, of in scores.items()}
    return Results(
        task_recipes=task_recipes,
        recipe=recipe,
        data=data,
        plan=plan,
        choice=choice,
        comparisons=_compare(data, scores, folds, plan.resampling),
        missing=score_missing(scorer, recipe, folds[:splits], answers),
        scored=ScoredRows(data.labels, answers[EVALUATED]),
    )


def _compare_recipes(
    recipes: list[RecipeModel], recipe: Recipe, scorer: Scorer, resampling: Resampling
) -> Choice:
    """Compare the recipes on the rows that are no test rows of the evaluated recipe."""
    data = scorer.data
    rows = np.setdiff1d(np.arange(len(data.rows)), split_rows(data, recipe.split).test)
    folds = resampling.folds(data.labels, rows)
    scores = scorer.score("Choice of the recipe", recipes, folds)
    title, comparison = next(iter(_compare(data, scores, folds, resampling).items()))
    return Choice(rows, title, comparison)


def _compare(
    data: DataSet, scores: dict[str, Scores], folds: Folds, resampling: Resampling
) -> dict[str, Comparison]:
    return {
        title: Comparison.of_scores(scores, data.labels, chosen_N, resampling)
        for title, chosen_N in choose_row_sets(data, folds).items()
    }

"""Which models are compared: the evaluated recipe, the recipes that the task names, and the baselines."""

from collections.abc import Sequence

from training.data.dataset import DataSet
from training.evaluation.folds.baselines import LOGISTIC, Baseline
from training.evaluation.folds.known_rows import find_missing
from training.evaluation.folds.models import BaselineModel, DrawsModel, KnownRowsModel, RecipeModel
from training.preprocessing.inputs import choose_inputs
from training.recipe import Recipe
from training.task_recipes import TaskRecipes

EVALUATED = "this recipe"


def recipe_models(task_recipes: TaskRecipes, recipe: Recipe) -> list[RecipeModel]:
    """Give the evaluated recipe and the others that the task names."""
    others = [task_recipes.recipes[name] for name in task_recipes.compared if name != recipe.name]
    return [
        RecipeModel(EVALUATED, recipe),
        *(RecipeModel(f"recipe {other.name}", other) for other in others),
    ]


def baseline_models(
    task_recipes: TaskRecipes, recipe: Recipe, data: DataSet, boosted: Sequence[Baseline]
) -> list[BaselineModel]:
    """Give logistic regressions and the boosted baselines.

    Where columns have missing values there are two of each: with imputation by the mean and by draws. The
    logistic regression on the columns that are always known is also fitted to the known rows alone.
    """
    every_column = baseline_recipe(recipe)
    every_name = choose_inputs(every_column, data.task.features).names
    missing = find_missing(data)
    of_every_column = [
        BaselineModel(baseline.name, baseline, every_column) for baseline in (LOGISTIC, *boosted)
    ]
    if missing.keys() & set(every_name):
        of_every_column = [
            imputed for model in of_every_column for imputed in _with_both_imputations(model, task_recipes)
        ]
    always_known = [name for name in choose_inputs(recipe, data.task.features).names if name not in missing]
    if not always_known or set(always_known) == set(every_name):
        return of_every_column
    logistic = _logistic_on(always_known, recipe)
    if not missing:
        return [logistic, *of_every_column]
    of_known_rows = KnownRowsModel(f"{logistic.name}, known rows", logistic.baseline, logistic.recipe)
    return [logistic, of_known_rows, *of_every_column]


def baseline_recipe(recipe: Recipe, columns: Sequence[str] | None = None) -> Recipe:
    """Give the columns and the preprocessing of a baseline: these columns, or all that are not `unused`.

    The mean replaces a missing number, the most frequent level a missing flag or category; numbers are
    standardised. The settings of the network have no effect.
    """
    return Recipe(
        name="baseline",
        split=recipe.split,
        columns=None if columns is None else tuple(columns),
        unused=recipe.unused if columns is None else (),
        impute_levels="most_frequent",
        epochs=1,
        operating_points=recipe.operating_points,
    )


def _with_both_imputations(model: BaselineModel, task_recipes: TaskRecipes) -> list[BaselineModel]:
    by_name = {column.name: column for column in task_recipes.task.features.columns()}
    like = tuple(by_name[name] for name in task_recipes.draws_like)
    return [
        BaselineModel(f"{model.name}, mean imputation", model.baseline, model.recipe),
        DrawsModel(f"{model.name}, draws", model.baseline, model.recipe, like),
    ]


def _logistic_on(columns: Sequence[str], recipe: Recipe) -> BaselineModel:
    name = f"{LOGISTIC.name}, {len(columns)} column{'s' * (len(columns) > 1)}"
    return BaselineModel(name, LOGISTIC, baseline_recipe(recipe, columns))


def without_column(recipe: Recipe, data: DataSet, column: str) -> RecipeModel | None:
    """Give the evaluated recipe without a column; None where it does not use it, or no other one."""
    names = choose_inputs(recipe, data.task.features).names
    remaining = tuple(name for name in names if name != column)
    if column not in names or not remaining:
        return None
    # Some settings are dictionaries by column.
    changes: dict[str, object] = {
        setting: {name: value for name, value in by_column.items() if name != column}
        for setting, by_column in recipe
        if isinstance(by_column, dict) and column in by_column
    }
    like = tuple(name for name in recipe.impute_like if name != column)
    changes |= {"columns": remaining, "unused": (), "impute_like": like}
    return RecipeModel(f"{EVALUATED} without {column}", recipe.model_copy(update=changes))

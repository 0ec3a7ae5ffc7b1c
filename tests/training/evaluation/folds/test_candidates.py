"""Which models are compared, in tables with and without missing values."""

import dataclasses

import pytest

from tests.support.training.folds import TASK_RECIPES, data_with_informative_missingness
from training.evaluation.folds.baselines import BOOSTED
from training.evaluation.folds.candidates import baseline_models, recipe_models, without_column
from training.evaluation.folds.known_rows import find_known_rows
from training.preprocessing.inputs import choose_inputs

PRODUCTION = TASK_RECIPES.recipes["production"]


@pytest.fixture(scope="module")
def with_missing():
    return data_with_informative_missingness(200)


@pytest.fixture(scope="module")
def complete(with_missing):
    known = find_known_rows(with_missing).nonzero()[0]
    return dataclasses.replace(
        with_missing, rows=tuple(with_missing.take(known)), labels=with_missing.labels[known]
    )


def test_where_columns_have_missing_values_every_baseline_is_fitted_with_both_imputations(with_missing):
    names = [model.name for model in baseline_models(TASK_RECIPES, PRODUCTION, with_missing, BOOSTED[:1])]

    assert names == [
        "logistic regression, 4 columns",
        "logistic regression, 4 columns, known rows",
        "logistic regression, mean imputation",
        "logistic regression, draws",
        "XGBoost, mean imputation",
        "XGBoost, draws",
    ]


def test_without_missing_values_every_baseline_is_fitted_once(complete):
    names = [model.name for model in baseline_models(TASK_RECIPES, PRODUCTION, complete, BOOSTED[:1])]

    assert names == ["logistic regression, 5 columns", "logistic regression", "XGBoost"]


def test_no_baseline_gets_a_column_that_the_recipe_declares_unused(with_missing):
    recipe = TASK_RECIPES.recipes["lecture"].model_copy(update={"unused": ("smoking_status", "bmi")})

    models = baseline_models(TASK_RECIPES, recipe, with_missing, BOOSTED[:1])

    # Columns without missing values, and nothing else: one logistic regression is enough.
    assert [model.name for model in models] == ["logistic regression", "XGBoost"]
    names = choose_inputs(models[-1].recipe, TASK_RECIPES.task.features).names
    assert not {"smoking_status", "bmi"} & set(names)


def test_a_recipe_is_not_compared_with_itself():
    compared = dataclasses.replace(TASK_RECIPES, compared={"all_columns": "what the other columns would add"})
    all_columns = TASK_RECIPES.recipes["all_columns"]

    assert [model.name for model in recipe_models(compared, all_columns)] == ["this recipe"]


def test_a_recipe_without_a_column_keeps_its_other_columns(with_missing):
    model = without_column(PRODUCTION, with_missing, "bmi")

    assert model is not None
    assert model.recipe.columns == ("hypertension", "heart_disease", "age", "avg_glucose_level")
    assert without_column(PRODUCTION, with_missing, "smoking_status") is None
    assert without_column(model.recipe.model_copy(update={"columns": ("age",)}), with_missing, "age") is None


def test_the_recipe_with_all_columns_differs_from_the_production_recipe_in_its_columns_alone():
    all_columns = TASK_RECIPES.recipes["all_columns"]

    assert set(all_columns.columns or ()) == {column.name for column in TASK_RECIPES.task.features.columns()}
    others = {"name", "notes", "columns"}
    assert all_columns.model_dump(exclude=others) == PRODUCTION.model_dump(exclude=others)

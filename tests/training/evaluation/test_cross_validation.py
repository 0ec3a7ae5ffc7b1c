"""The comparison on a small made-up file with two folds: the page that it writes, and its errors."""

import dataclasses

import pytest
from rich.console import Console

from tests.support.training.made_up import STROKE, stroke_records, write_csv
from tests.support.training.runs import quick
from training.commands.evaluate import evaluate
from training.data.dataset import read_data
from training.errors import TrainingError, UsageError
from training.evaluation.cross_validation import Resampling
from training.recipes import find_task_recipes

TASK_RECIPES = find_task_recipes()["stroke"]
QUICK_RECIPES = dataclasses.replace(
    TASK_RECIPES, recipes={name: quick(recipe) for name, recipe in TASK_RECIPES.recipes.items()}
)
ONCE = Resampling(splits=2, repeats=1)


def test_the_page_compares_with_every_other_model_on_the_same_folds(made_up_csv, tmp_path, capsys):
    page = tmp_path / "deep" / "evaluation.md"

    evaluate(QUICK_RECIPES, "production", made_up_csv, page, Console(), ONCE)

    text = page.read_text("utf-8")
    assert "the recipe `production` on 2 folds" in text
    assert "RepeatedStratifiedKFold(n_splits=2, n_repeats=1, random_state=0)" in text
    assert "This recipe has 5 input columns, the recipe `all_columns` has 10; " in text
    assert "the baselines use the 10 columns of the recipe `lecture`" in text
    for model in ("recipe all_columns", "logistic regression", "HistGradientBoosting", "XGBoost"):
        assert f"\n| {model} | " in text
        assert f"\n| this recipe - {model} | " in text
    assert "## Subgroups" in text
    assert "## Decision curve" in text
    assert text.strip() in capsys.readouterr().out


def test_a_recipe_is_not_compared_with_itself(made_up_csv, capsys):
    evaluate(QUICK_RECIPES, "all_columns", made_up_csv, None, Console(), ONCE)

    printed = capsys.readouterr().out
    assert "\n| this recipe | " in printed
    assert "| recipe all_columns |" not in printed


def test_the_recipe_with_all_columns_differs_from_the_production_recipe_in_its_columns_alone():
    production, all_columns = TASK_RECIPES.recipes["production"], TASK_RECIPES.recipes["all_columns"]

    assert set(all_columns.columns or ()) == {column.name for column in STROKE.features.columns()}
    assert all_columns.model_dump(exclude={"name", "columns"}) == production.model_dump(
        exclude={"name", "columns"}
    )


def test_every_row_is_a_test_row_once_in_each_repeat_and_never_a_training_row_of_the_same_fold(made_up_csv):
    labels = read_data(made_up_csv, STROKE).labels

    folds = Resampling(splits=4, repeats=3).folds(labels)

    assert len(folds) == 12
    assert sorted(index for _, test in folds[:4] for index in test) == list(range(len(labels)))
    assert not any(set(train) & set(test) for train, test in folds)


def test_an_unknown_recipe_too_few_rows_and_an_unwritable_page_are_refused(made_up_csv, tmp_path):
    few = write_csv(
        tmp_path / "few.csv",
        [{**record, "stroke": str(int(record["id"] in {"3", "7"}))} for record in stroke_records(40)],
    )

    with pytest.raises(UsageError, match="--recipe: must be one of production, lecture"):
        evaluate(TASK_RECIPES, "secret", made_up_csv, None, Console())
    with pytest.raises(UsageError, match="fewer than 5 rows"):
        evaluate(TASK_RECIPES, "production", few, None, Console())
    with pytest.raises(TrainingError, match="could not be written") as caught:
        evaluate(TASK_RECIPES, "production", few, few / "page.md", Console())
    assert caught.value.exit_status == 1

"""The comparison on a small made-up file with two folds: the page that it writes, and its errors."""

import dataclasses
import re

import pytest
from rich.console import Console

from tests.support.training.folds import TASK_RECIPES, quick_recipes, small_plan
from tests.support.training.made_up import stroke_records, write_csv
from training.commands.evaluate import evaluate
from training.errors import TrainingError, UsageError
from training.evaluation.folds.baselines import BOOSTED
from training.evaluation.folds.results import QUICK_PLAN

QUICK_RECIPES = quick_recipes()
ALONE = dataclasses.replace(QUICK_PLAN, resampling=small_plan().resampling, processes=1)


@pytest.fixture(scope="module")
def page(made_up_csv, tmp_path_factory):
    path = tmp_path_factory.mktemp("deep") / "docs" / "evaluation.md"
    evaluate(QUICK_RECIPES, "production", made_up_csv, path, Console(), small_plan())
    return path.read_text("utf-8")


def section(page, title):
    """Give the text of a section."""
    return page.split(f"\n## {title}\n")[1].split("\n## ")[0]


def test_the_page_says_what_its_folds_and_its_standard_errors_are(page):
    assert "the recipe `production` on 2 folds" in page
    assert "RepeatedStratifiedKFold(n_splits=2, n_repeats=1, random_state=0), over all 400 rows" in page
    assert "one standard error, twice: for independent folds, which is too small, and corrected" in page
    assert "two standard errors" not in page
    assert "Written by `python -m training evaluate stroke`; do not edit." in page


def test_recipes_are_compared_on_the_rows_that_are_no_test_rows_of_the_recipe(page):
    choice = section(page, "Choice of the recipe")

    assert "over the 320 training and validation rows of this recipe" in choice
    assert "rows with every column known" in choice
    assert "`production` has 5 input columns, `all_columns` has 10 input columns" in choice
    assert "\n| this recipe - recipe all_columns | " in choice
    assert "logistic regression" not in choice


@pytest.mark.parametrize("title", ["Rows with every column known", "All rows"])
def test_every_model_is_compared_on_known_rows_and_on_all_rows(page, title):
    compared = section(page, title)

    logistic = "logistic regression, 4 columns"
    others = ["recipe all_columns", logistic, f"{logistic}, known rows"]
    others += [
        f"{name}, {imputation}"
        for name in ("logistic regression", *(baseline.name for baseline in BOOSTED))
        for imputation in ("mean imputation", "draws")
    ]
    for other in others:
        assert f"\n| {other} | " in compared
        assert re.search(
            rf"\n\| this recipe - {other} \| [+-]0\.\d{{4}} \(0\.\d{{4}}, 0\.\d{{4}}\)", compared
        )


def test_the_page_has_the_mean_answers_where_a_column_is_missing(page):
    missing = section(page, "Rows with a missing value")

    assert "\n| mean answer | bmi missing (20 rows) |" in missing
    for row in (
        "observed rate",
        "this recipe without that column, fitted to all rows",
        "this recipe",
        "XGBoost, draws",
    ):
        assert re.search(rf"\n\| {row} \| 0\.\d+ \|", missing)


def test_the_page_lists_the_settings_of_the_fitted_baselines(page):
    settings = section(page, "Baselines")

    for baseline in small_plan().baselines:
        listed = ", ".join(f"{name}={value}" for name, value in baseline.settings.items())
        assert listed.replace("_", "\\_") in settings or listed in settings
    assert "alike in `age` and `gender`" in settings


def test_the_page_has_diagnostics_and_ends_with_a_summary(page):
    assert "| bmi | missing | 20 |" in section(page, "Subgroups")
    assert "flagging every row" in section(page, "Decision curve")
    assert page.rindex("\n## ") == page.index("\n## Summary")


def test_a_table_without_missing_values_has_one_comparison(tmp_path, capsys):
    complete = [
        record | {"bmi": "28.5" if record["bmi"] == "N/A" else record["bmi"]} for record in stroke_records()
    ]
    file = write_csv(tmp_path / "complete.csv", complete)

    evaluate(QUICK_RECIPES, "production", file, None, Console(), ALONE)

    printed = capsys.readouterr().out
    assert "No value is missing." in printed
    assert "\n## All rows\n" in printed
    assert "every column known" not in printed
    assert "## Rows with a missing value" not in printed
    assert "\n| logistic regression | " in printed


def test_a_quick_comparison_has_two_baselines_and_writes_no_page(made_up_csv, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    evaluate(QUICK_RECIPES, "production", made_up_csv, None, Console(), ALONE)

    printed = capsys.readouterr().out
    assert "\n| logistic regression, 4 columns | " in printed
    assert "\n| logistic regression, mean imputation | " in printed
    assert not re.search(r"\| (recipe all_columns|XGBoost|CatBoost)", printed)
    assert "Written by `python -m training evaluate stroke --quick`" in printed
    assert list(tmp_path.iterdir()) == []


def test_the_page_is_printed_with_the_time_that_it_took(made_up_csv, tmp_path, capsys):
    page = tmp_path / "page.md"

    evaluate(QUICK_RECIPES, "lecture", made_up_csv, page, Console(), ALONE)

    printed = capsys.readouterr().out
    assert page.read_text("utf-8").strip() in printed
    assert re.search(r"Without a column: took \d+ s\.", printed)
    assert re.search(r"Took \d+ s\.", printed)


def test_an_unknown_recipe_too_few_rows_and_an_unwritable_page_are_refused(made_up_csv, tmp_path):
    few = write_csv(
        tmp_path / "few.csv",
        [{**record, "stroke": str(int(record["id"] in {"3", "7"}))} for record in stroke_records(40)],
    )

    with pytest.raises(UsageError, match="--recipe: must be one of production, lecture"):
        evaluate(TASK_RECIPES, "secret", made_up_csv, None, Console())
    with pytest.raises(UsageError, match="fewer than 5 rows"):
        evaluate(TASK_RECIPES, "production", few, None, Console(), QUICK_PLAN)
    with pytest.raises(TrainingError, match="could not be written") as caught:
        evaluate(TASK_RECIPES, "production", few, few / "page.md", Console())
    assert caught.value.exit_status == 1

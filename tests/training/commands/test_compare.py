"""`compare`: what differs between recipes, metrics side by side, and the paired difference on test rows."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from tests.support.files.tampering import edit_manifest
from tests.support.training.made_up import STROKE, stroke_recipe, stroke_records, write_csv
from tests.support.training.runs import quickly_trained
from training.__main__ import main
from training.data.dataset import DataSet, read_data
from training.data.split import draw_rows
from training.evaluation.comparison.candidates import find_common_rows, read_candidate
from training.evaluation.comparison.paired import compare_on_rows
from training.publication.publish import publish
from training.recipe import Recipe
from training.recipes.iris import PRODUCTION as IRIS_PRODUCTION
from training.recipes.iris import builtin_data


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="module")
def people(made_up_csv) -> DataSet:
    return read_data(made_up_csv, STROKE)


def with_split(recipe: Recipe, **changes: object) -> Recipe:
    return recipe.model_copy(update={"split": recipe.split.model_copy(update=changes)})


@pytest.fixture(scope="module")
def stroke_models(folder, people) -> list[str]:
    """Give three models: the first two have the same split, the third has other test rows."""
    plain = stroke_recipe()
    recipes = [
        plain,
        stroke_recipe(positive_weight=2.5, hidden=(), monitor="roc_auc"),
        with_split(plain, test_seed=plain.split.test_seed + 1),
    ]
    return [str(publish(quickly_trained(recipe, people), folder)) for recipe in recipes]


@pytest.fixture(scope="module")
def iris_models(folder) -> list[str]:
    recipes = [IRIS_PRODUCTION, IRIS_PRODUCTION.model_copy(update={"seed": 1})]
    return [str(publish(quickly_trained(recipe, builtin_data()), folder)) for recipe in recipes]


@pytest.fixture
def page(tmp_path) -> Path:
    return tmp_path / "pages" / "comparison.md"


def test_built_in_data_gives_the_paired_difference_without_flags(iris_models, page, capsys):
    status = main(["compare", *iris_models, "--page", str(page)])

    printed = capsys.readouterr().out
    text = page.read_text("utf-8")
    assert status == 0
    assert "On the 38 test rows that the models have in common." in printed
    assert "| seed of the training | 0 | 1 |" in text
    assert "| metric | better | A | B | B - A |" in text
    assert f"Wrote {page}." in printed


def test_only_settings_that_differ_are_listed_and_in_words(stroke_models, page, capsys):
    status = main(["compare", *stroke_models[:2], "--page", str(page)])

    _, differences, _, paired = page.read_text("utf-8").split("\n## ")[1:]
    assert status == 0
    assert "| weight of the second class in the loss | 10 | 2.5 |" in differences
    assert "| monitored metric | average precision | ROC-AUC |" in differences
    assert "hidden layers" in differences
    assert "learning rate" not in differences
    assert "--data FILE" in paired


def test_the_data_gives_the_difference_on_the_same_rows(stroke_models, made_up_csv, people, page, capsys):
    status = main(["compare", *stroke_models, "--data", str(made_up_csv), "--page", str(page)])

    candidates = [read_candidate(Path(model), STROKE) for model in stroke_models]
    common = find_common_rows(candidates, people)
    paired = compare_on_rows(candidates, people, common, draws=50)
    assert status == 0
    assert 0 < len(common) < 40
    assert f"On the {len(common)} test rows" in page.read_text("utf-8")
    for name, difference in paired.differences[0].items():
        assert difference.value == paired.metrics[1][name] - paired.metrics[0][name]
        assert difference.low <= difference.high


def test_a_model_has_no_difference_to_itself(stroke_models, people):
    candidates = [read_candidate(Path(stroke_models[0]), STROKE)] * 2

    paired = compare_on_rows(candidates, people, find_common_rows(candidates, people), draws=20)

    for difference in paired.differences[0].values():
        assert (difference.value, difference.low, difference.high, difference.is_clear) == (0, 0, 0, False)


def write_records(path: Path, change) -> str:
    records = stroke_records()
    return str(write_csv(path, change(records) or records))


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda records: records[::-1], "another order"),
        (lambda records: records[1:], "The data is not that of"),
        (lambda records: records[0].update(age="50.5"), "The data is not that of"),
    ],
)
def test_other_data_or_another_order_of_rows_is_one_line(
    stroke_models, tmp_path, page, capsys, change, named
):
    data = write_records(tmp_path / "people.csv", change)

    assert_one_line(["compare", *stroke_models[:2], "--data", data, "--page", str(page)], named, capsys)


def assert_one_line(command: list[str], named: str, capsys) -> None:
    status = main(command)

    error = capsys.readouterr().err
    assert (status, error.count("\n")) == (2, 1)
    assert named in error


def test_models_of_two_tasks_are_refused(stroke_models, iris_models, page, capsys):
    command = ["compare", stroke_models[0], iris_models[0], "--page", str(page)]

    assert_one_line(command, "Models of several tasks cannot be compared", capsys)


def test_a_missing_folder_is_named(stroke_models, page, capsys):
    command = ["compare", stroke_models[0], "models/absent", "--page", str(page)]

    assert_one_line(command, "There is no folder models/absent", capsys)


def test_models_without_a_common_test_row_are_refused(folder, people, made_up_csv, tmp_path, page, capsys):
    plain = stroke_recipe()
    first = with_split(plain, test_share=0.1)
    taken = set(split_test(people, first))
    # Of the seeds, one whose few test rows are all others.
    other = next(
        candidate
        for seed in range(2000)
        if not taken
        & set(split_test(people, candidate := with_split(plain, test_share=0.05, test_seed=seed)))
    )
    models = [str(publish(quickly_trained(recipe, people), tmp_path)) for recipe in (first, other)]

    command = ["compare", *models, "--data", str(made_up_csv), "--page", str(page)]
    assert_one_line(command, "no test row in common", capsys)


def split_test(people: DataSet, recipe: Recipe) -> list[int]:
    share, seed = recipe.split.test_share, recipe.split.test_seed
    return draw_rows(np.arange(len(people.rows)), share, seed)[1].tolist()


def test_a_manifest_with_a_recipe_of_an_earlier_format_is_named(stroke_models, tmp_path, page, capsys):
    old = tmp_path / "stroke" / "1"
    shutil.copytree(stroke_models[0], old)
    edit_manifest(old, "recipe/numbers", ["age"])

    command = ["compare", stroke_models[0], str(old), "--page", str(page)]
    assert_one_line(command, f"{old}: its recipe has the format of an earlier version", capsys)


@pytest.mark.parametrize("with_data", [False, True])
def test_a_model_for_other_features_keeps_its_recorded_metrics(
    stroke_models, made_up_csv, tmp_path, page, capsys, with_data
):
    other = tmp_path / "stroke" / "1"
    shutil.copytree(stroke_models[0], other)
    edit_manifest(other, "features_fingerprint", "0" * 64)
    data = ["--data", str(made_up_csv)] if with_data else []

    status = main(["compare", stroke_models[1], str(other), *data, "--page", str(page)])

    text = page.read_text("utf-8")
    assert status == 0
    assert "| test | ROC-AUC | higher |" in text
    assert f"those that the task has now; trained for others: {other}." in text
    assert "train it again" not in text + capsys.readouterr().out

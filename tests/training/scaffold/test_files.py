"""The files that `python -m training new` writes, and where."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.repository import ROOT
from tests.training.scaffold.test_columns import repeated
from training.__main__ import main

ODD = {
    "mean radius": repeated("7.25", "28.1", ""),
    "Größe": repeated("klein", "groß \u2013 sehr", 'said "so"', "it's", "c:\\new", "\u0131\u00d7"),
    "1st_floor": repeated("0", "1", "NA"),
    "a b": repeated("true", "false"),
    "count": repeated("1", "2", "3"),
    "many": [f"level {row % 40}" for row in range(60)],
    "a long question about something that nearly fills a line of this file by its own": repeated(
        "1", "2", ""
    ),
    "a very long question about something that does not fit into a line of this file at all, "
    "however it is broken": repeated("a text that is too long for a line, too " * 3, "b", ""),
    "Москва": repeated("да", "нет"),
    "年龄": repeated("1", "2", "3"),
    "constant": repeated("1"),
    "self": repeated("1.5", "2.5", "4"),
    "price in €": repeated("€ 5 \u2013 10", "£ ± § © ® ™ … ½ ‰ ≤ ≥ ≠ ≈ √ « » „ “ ” ¼ ¾"),
}


@pytest.fixture
def repository(tmp_path):
    """Give a copy of the packages, so that the linter knows their modules."""
    for package in ("predictor", "training"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_files_are_formatted_and_the_linter_has_no_remark(scaffold, repository):
    scaffold(ODD, "--tasks", "own")
    shutil.copy("own/tasks/churn.py", repository / "predictor" / "tasks")
    shutil.copy("own/recipes/churn.py", repository / "training" / "recipes")

    files = ("predictor/tasks/churn.py", "training/recipes/churn.py")
    for command in (("check", "--no-cache"), ("format", "--diff")):
        ruff = subprocess.run(
            [sys.executable, "-m", "ruff", *command, *files], capture_output=True, text=True, check=False
        )
        assert ruff.returncode == 0, ruff.stdout


def test_signs_that_the_linter_allows_stay_readable(scaffold):
    scaffold({"price in €": repeated("€ 5", "5 \u2013 10")})

    text = Path("own/tasks/churn.py").read_text("utf-8")
    assert 'Literal["5 \\u2013 10", "€ 5"], Field(alias="price in €")' in text


def test_columns_of_any_name_are_trained_with_figures(scaffold):
    ages = [str(row % 7 + 4 * (row % 2)) for row in range(60)]
    scaffold({"self": ages, "frame": ages, "mean radius": ages})

    assert main(["churn", "--data", "churn.csv", "--tasks", "own", "--epochs", "2", "--out", "models"]) == 0


def test_without_tasks_the_files_go_into_the_repository(scaffold, repository):
    scaffold({"age": repeated("1", "2", "3")})
    new = ["new", "own_churn", "--data", "churn.csv", "--target", "left"]
    process = subprocess.run(
        [sys.executable, "-m", "training", *new], capture_output=True, text=True, check=False
    )

    assert process.returncode == 0, process.stderr
    assert (repository / "predictor" / "tasks" / "own_churn.py").exists()
    assert (repository / "training" / "recipes" / "own_churn.py").exists()
    assert "make serve" in process.stdout


def test_a_file_is_not_overwritten(scaffold, tmp_path):
    scaffold({"age": repeated("1", "2", "3")})
    (tmp_path / "own" / "tasks" / "churn.py").unlink()
    before = (tmp_path / "own" / "recipes" / "churn.py").read_text("utf-8")

    status, output = scaffold({"size": repeated("s", "m")})

    assert status == 2
    assert "exists already" in output
    assert (tmp_path / "own" / "recipes" / "churn.py").read_text("utf-8") == before
    assert not (tmp_path / "own" / "tasks" / "churn.py").exists()


def test_a_failed_write_leaves_nothing(scaffold, tmp_path):
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "recipes").write_text("no folder", "utf-8")

    status, output = scaffold({"age": repeated("1", "2", "3")})

    assert status == 2
    assert output.count("\n") == 1
    assert [path.name for path in (tmp_path / "own").iterdir()] == ["recipes"]


@pytest.mark.parametrize("name", ["Churn", "2nd", "a-b", "class", "evaluate", "new", "stroke"])
def test_a_name_that_a_task_cannot_have_is_refused_in_one_line(scaffold, tmp_path, capsys, name):
    scaffold({"age": repeated("1", "2", "3")})

    status = main(["new", name, "--data", "churn.csv", "--target", "left", "--tasks", "own"])

    assert status == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert not (tmp_path / "own" / "tasks" / f"{name}.py").exists()


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({f"c{index}": repeated("1", "2") for index in range(501)}, "has 502 columns"),
        ({"only": repeated("1")}, "no column can be used to predict 'left'"),
    ],
)
def test_a_table_without_use_is_refused_in_one_line(scaffold, tmp_path, columns, message):
    status, output = scaffold(columns)

    assert (status, output.count("\n")) == (2, 1)
    assert message in output
    assert not (tmp_path / "own").exists()


def test_a_duplicate_column_is_refused(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "churn.csv").write_text("a,a,left\n1,2,yes\n", "utf-8")

    assert main(["new", "churn", "--data", "churn.csv", "--target", "left", "--tasks", "own"]) == 2
    assert "column 'a' appears 2 times" in capsys.readouterr().err


@pytest.mark.parametrize(("rows_of_rarest", "folds"), [(5, 3), (6, 4), (7, 5), (30, 5)])
def test_a_rare_class_lowers_the_number_of_folds_so_that_training_works(scaffold, rows_of_rarest, folds):
    target = ["yes"] * rows_of_rarest + ["no"] * (60 - rows_of_rarest)
    ages = [str(row % 7 + 4 * (label == "yes")) for row, label in enumerate(target)]
    scaffold({"age": ages}, target=target)

    assert main(["churn", "--data", "churn.csv", "--tasks", "own", "--epochs", "2", "--out", "models"]) == 0
    assert f"folds={folds})" in Path("own/recipes/churn.py").read_text("utf-8")

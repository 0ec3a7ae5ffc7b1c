"""`python -m training` with tasks of one's own: --tasks, APP_TASKS, and mistakes in their files."""

import os

import pytest

import predictor
from predictor.schema.errors import DefinitionInvalid
from predictor.tasks import find_task
from tests.support.repository import MODELS
from tests.support.task_files import replace, write_data, write_file, write_task
from training.__main__ import main
from training.recipes import read_task_recipes

UNKNOWN_SETTING = ("epochs=2", "epohcs=2", "epohcs")

# A mistake: the text of the recipe file that it replaces, by what, and what the line about it says.
MISTAKES = {
    "unknown column": ("epochs=2", 'epochs=2, unused=("bim",)', "no column 'bim'; there are age, paid"),
    "unknown setting": UNKNOWN_SETTING,
    "value that is not allowed": ("epochs=2", "epochs=0", "epochs: Input should be greater than or equal"),
    "settings that contradict": ("epochs=2", 'epochs=2, monitor="f1"', "monitor: Input should be 'loss'"),
    "column among columns of another kind": ("epochs=2", 'epochs=2, numbers=("paid",)', "numbers: "),
    "import of a module that is missing": ("from predictor", "import nothing\nfrom predictor", "'nothing'"),
    "import from a task that is missing": ("tasks.spoiled import", "tasks.brocken import", "brocken"),
    "syntax error": ("Recipe(", "Recipe((", "SyntaxError: "),
    "no recipes": ("TASK_RECIPES =", "RECIPES =", "it defines no TASK_RECIPES; end it with `TASK_RECIPES"),
}


@pytest.fixture
def folder(tmp_path):
    write_task(tmp_path / "mine", "leavers")
    return tmp_path / "mine"


@pytest.fixture(autouse=True)
def _leave_no_setting(monkeypatch):
    # The command sets the variable for the processes that it starts.
    monkeypatch.setenv("APP_TASKS", "")


def test_a_task_in_a_folder_is_trained_and_its_model_is_loaded(folder, tmp_path, capsys):
    data, models = write_data(tmp_path / "leavers.csv"), tmp_path / "models"

    status = main(["--tasks", str(folder), "leavers", "--data", str(data), "--out", str(models)])

    assert status == 0
    assert f"Left out: {folder}" not in capsys.readouterr().err
    model = predictor.load(models / "leavers")
    assert model.manifest.classes == ("no", "yes")
    assert os.environ["APP_TASKS"] == str(folder)


def test_the_variable_names_folders_too(folder, monkeypatch, capsys):
    monkeypatch.setenv("APP_TASKS", str(folder))

    with pytest.raises(SystemExit) as ended:
        main(["leavers", "--help"])

    assert ended.value.code == 0
    assert "--data" in capsys.readouterr().out


@pytest.mark.parametrize(("old", "new", "reason"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_in_a_recipe_is_one_line_with_its_file_and_the_reason(folder, capsys, old, new, reason):
    write_task(folder, "spoiled")
    path = folder / "recipes" / "spoiled.py"
    replace(path, old, new)

    status = main(["--tasks", str(folder), "spoiled", "--data", "nothing.csv"])

    line = capsys.readouterr().err
    assert (status, line.count("\n")) == (2, 1)
    assert line.startswith(str(path))
    assert reason in line
    assert "correct" in line or "end it" in line


def test_a_mistake_in_a_task_is_one_line_although_its_recipe_cannot_be_loaded_either(folder, capsys):
    path = write_task(folder, "spoiled")
    number = replace(path, "paid: Flag", "paid: Flog")

    status = main(["--tasks", str(folder), "spoiled", "--data", "nothing.csv"])

    assert status == 2
    assert capsys.readouterr().err.startswith(f"{path}, line {number}: NameError: ")


def test_a_mistake_costs_the_other_tasks_one_line(folder, capsys):
    path = write_task(folder, "spoiled")
    replace(path, "TASK = Task", "TUSK = Task")

    status = main(["--tasks", str(folder), "verify", str(MODELS / "iris" / "1")])

    assert status == 0
    lines = capsys.readouterr().err.splitlines()
    last = len(path.read_text("utf-8").splitlines())
    assert (
        lines.count(f"Left out: {path}, line {last}: it defines no TASK; end it with `TASK = Task(...)`.")
        == 1
    )


def test_a_task_without_recipes_is_told_which_file_to_write(folder, capsys):
    write_task(folder, "bare", recipe=False)

    status = main(["--tasks", str(folder), "bare", "--data", "nothing.csv"])

    assert status == 2
    assert (
        capsys.readouterr().err == f"The task bare has no recipes; write {folder / 'recipes' / 'bare.py'}.\n"
    )


def test_an_unknown_folder_is_one_line_that_names_the_flag(capsys):
    status = main(["--tasks", "/nothing/here", "leavers", "--data", "nothing.csv"])

    line = capsys.readouterr().err
    assert (status, line.count("\n")) == (2, 1)
    assert line.startswith("--tasks: ")
    assert "/nothing/here" in line


def test_a_recipe_of_a_package_belongs_to_the_packages_task(tmp_path, monkeypatch):
    package = tmp_path / "site" / "packaged_tasks"
    for name in (".", "tasks", "recipes"):
        write_file(package / name, "__init__.py", "")
    write_task(package, "packaged")
    replace(package / "recipes" / "packaged.py", "predictor.tasks.packaged", "packaged_tasks.tasks.packaged")
    monkeypatch.syspath_prepend(tmp_path / "site")

    recipes = read_task_recipes(["packaged_tasks"])

    assert recipes.valid["packaged"].task.name == "packaged"
    monkeypatch.setenv("APP_TASKS", "packaged_tasks")
    assert find_task("packaged") is recipes.valid["packaged"].task


def test_two_recipe_files_of_one_task_are_both_named(folder):
    write_file(folder, "recipes/second.py", (folder / "recipes" / "leavers.py").read_text())

    mistake = read_task_recipes([str(folder)]).mistakes["second"]

    assert isinstance(mistake, DefinitionInvalid)
    assert str(folder / "recipes" / "leavers.py") in str(mistake)
    assert str(folder / "recipes" / "second.py") in str(mistake)

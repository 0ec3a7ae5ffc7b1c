"""Files of tasks: where they are found, and one line about each mistake."""

import sys
from pathlib import Path

import pytest

import predictor
from predictor.schema.definitions import ENTRY_POINTS
from predictor.schema.errors import DefinitionInvalid, UnknownSource
from predictor.tasks import find_task, find_tasks, read_tasks
from tests.support.artefacts import write_artefact
from tests.support.task_files import replace, task_text, write_file, write_task

# A mistake: the text of the task file that it replaces, by what, and what the line about it says. The first
# ones are reported with their own line.
MISTAKES = {
    "import of a module that is missing": (
        "from typing import Annotated",
        "import nothing_of_that_name",
        "ModuleNotFoundError: No module named 'nothing_of_that_name'",
    ),
    "syntax error": ("class Row(Features):", "class Row(Features:", "SyntaxError: "),
    "unknown name": ("paid: Flag", "paid: Flog", "NameError: name 'Flog' is not defined"),
    "end of the process": ("paid: Flag", "raise SystemExit(1)", "SystemExit: 1"),
}
# These are reported with the line that builds the task, and name the field.
FIELD_MISTAKES = {
    "unknown field of the task": ('outcome="leaving"', 'outcom="leaving"', "'outcom'"),
    "name that is not allowed": ('name="broken"', 'name="Broken!"', "name: must start with a-z"),
    "one class": ("('no', 'yes')", "('no',)", "classes: a binary task has two"),
    "kind that is not known": ("paid: Flag", "paid: str", "paid: a feature is a float or an int with bounds"),
    "number without bounds": ("paid: Flag", "paid: int", "paid: a feature is a float or an int with bounds"),
    "target that is a feature": ('target="left"', 'target="paid"', "'paid' is a feature"),
    "example that is not valid": ('"age": 40.0', '"age": 400.0', "example: age: Input should be less than"),
}


@pytest.fixture
def folder(tmp_path):
    write_task(tmp_path / "mine", "leavers", recipe=False)
    return tmp_path / "mine"


def mistake_in(folder, name="broken") -> str:
    """Give the one line about the mistake in a file, after a check that it costs no other task."""
    tasks = read_tasks([str(folder)])
    assert {"leavers", "iris", "stroke"} <= tasks.valid.keys()
    assert name not in tasks.valid
    line = str(tasks.mistakes[name])
    assert "\n" not in line
    return line


@pytest.mark.parametrize(("old", "new", "reason"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_one_line_with_the_file_the_line_and_the_reason(folder, old, new, reason):
    path = write_task(folder, "broken", recipe=False)
    number = replace(path, old, new)

    line = mistake_in(folder)

    assert line.startswith(f"{path}, line {number}: {reason}")
    assert line.endswith("; correct the file.")


@pytest.mark.parametrize(("old", "new", "reason"), FIELD_MISTAKES.values(), ids=FIELD_MISTAKES)
def test_a_mistake_in_a_field_is_named_by_the_field(folder, old, new, reason):
    path = write_task(folder, "broken", recipe=False)
    replace(path, old, new)
    number = path.read_text("utf-8").splitlines().index("TASK = Task(") + 1

    line = mistake_in(folder)

    assert line.startswith(f"{path}, line {number}: ")
    assert reason in line


@pytest.mark.parametrize("text", ["", "TASK = 3\n", "TUSK = None\n"])
def test_a_file_without_a_task_is_told_how_to_end(folder, text):
    path = write_file(folder, "tasks/broken.py", text)

    assert mistake_in(folder) == f"{path}, line 1: it defines no TASK; end it with `TASK = Task(...)`."


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"x = '\xe9'\n", b"\x00"])
def test_a_file_that_is_not_python_is_one_line(folder, content):
    (folder / "tasks" / "broken.py").write_bytes(content)

    assert str(folder / "tasks" / "broken.py") in mistake_in(folder)


def test_two_files_that_define_one_task_are_both_named_and_the_first_one_counts(folder):
    first, second = folder / "tasks" / "leavers.py", folder / "tasks" / "other.py"
    second.write_text(first.read_text().replace("leaving", "staying"))

    line = second.read_text("utf-8").splitlines().index("TASK = Task(") + 1
    where = f"{second}, line {line}"
    assert mistake_in(folder, "other") == f"{where}: {first} defines 'leavers', too; rename one of them."
    assert find_tasks([str(folder)])["leavers"].outcome == "leaving"


def test_a_file_with_the_name_of_a_shipped_one_replaces_nothing(folder):
    path = write_task(folder, "iris", recipe=False)

    tasks = read_tasks([str(folder)])

    shipped = Path(sys.modules["predictor.tasks.iris"].__file__ or "")
    assert str(tasks.mistakes["iris"]) == f"{path}: {shipped} has the same name; rename one of them."
    assert tasks.valid["iris"].outcome == "the species"
    assert shipped.parent == Path(predictor.__file__).parent / "tasks"


def test_the_mistakes_of_two_files_of_one_name_are_both_kept(folder, tmp_path):
    paths = [write_file(tmp_path / name, "tasks/broken.py", "") for name in ("a", "b")]

    mistakes = read_tasks([str(tmp_path / "a"), str(tmp_path / "b")]).mistakes.values()

    # The second one has the name of the first, which is said before it is loaded.
    where = {f"{paths[0]}, line 1", str(paths[1])}
    assert where <= {str(mistake).partition(": ")[0] for mistake in mistakes}


def test_a_task_is_loaded_again_from_another_folder(tmp_path):
    for name in ("a", "b"):
        write_file(tmp_path / name, "tasks/again.py", task_text("again").replace("leaving", name))

    outcomes = [find_tasks([str(tmp_path / name)])["again"].outcome for name in ("a", "b", "a")]

    assert outcomes == ["a", "b", "a"]


def test_the_task_of_a_file_with_a_mistake_is_refused_by_its_line(folder, monkeypatch):
    path = write_file(folder, "tasks/broken.py", "TASK = 3\n")
    monkeypatch.setenv("APP_TASKS", f" {folder} ,")

    with pytest.raises(DefinitionInvalid, match=str(path)):
        find_task("broken")
    assert find_task("leavers").outcome == "leaving"
    assert find_task("iris").outcome == "the species"


def test_the_models_of_extra_tasks_are_loaded_from_python(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("APP_TASKS", str(folder))
    write_artefact(tmp_path / "models", find_task("leavers"))

    model = predictor.load(tmp_path / "models" / "leavers")

    assert model.predict([{"age": 40.0, "paid": 1}]).labels(threshold=0.0) == ["yes"]


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Give the name of a package of tasks that Python can import."""
    write_file(tmp_path / "site" / "made_up_package", "__init__.py", "")
    write_file(tmp_path / "site" / "made_up_package" / "tasks", "__init__.py", "")
    write_task(tmp_path / "site" / "made_up_package", "packaged", recipe=False)
    monkeypatch.syspath_prepend(tmp_path / "site")
    yield "made_up_package"
    for name in [name for name in sys.modules if name.startswith("made_up_package")]:
        del sys.modules[name]


def install(tmp_path, entry):
    """Write what an installer writes for a distribution with one entry point."""
    folder = tmp_path / "site" / "made_up_distribution-1.dist-info"
    write_file(folder, "METADATA", "Metadata-Version: 2.1\nName: made-up-distribution\nVersion: 1\n")
    write_file(folder, "entry_points.txt", f"[{ENTRY_POINTS}]\n{entry}\n")
    # The tests before this one have searched the same folders of packages.
    sys.path.insert(0, str(folder))


def test_a_package_is_named_like_a_folder(package):
    task = find_tasks([package])["packaged"]

    assert task.features.__module__ == "made_up_package.tasks.packaged"


def test_an_installed_package_needs_no_setting(package, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", [*sys.path])
    install(tmp_path, f"packaged = {package}")

    assert "packaged" in find_tasks()
    assert list(read_tasks([package]).valid).count("packaged") == 1


def test_an_installed_package_that_is_not_there_is_one_mistake(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", [str(tmp_path / "site"), *sys.path])
    install(tmp_path, "gone = package_that_is_gone")

    tasks = read_tasks()

    assert {"iris", "stroke"} <= tasks.valid.keys()
    assert "package_that_is_gone" in str(tasks.mistakes["package_that_is_gone"])
    assert "install" in str(tasks.mistakes["package_that_is_gone"])


def test_a_package_whose_import_fails_is_no_source(tmp_path, monkeypatch):
    write_file(tmp_path / "failing_package", "__init__.py", "raise RuntimeError('xyzzy')\n")
    monkeypatch.syspath_prepend(tmp_path)

    with pytest.raises(UnknownSource, match=r"failing_package\.tasks"):
        find_tasks(["failing_package.tasks"])


@pytest.mark.parametrize("name", ["nothing_of_that_name", "/nothing/here", "json", "json.decoder", "a b"])
def test_a_name_that_is_neither_a_folder_nor_a_package_of_tasks_is_refused(name):
    with pytest.raises(UnknownSource, match=name):
        find_tasks([name])

"""From a CSV file to a served model with commands alone: six tables are scaffolded, trained and called."""

import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from benchmarks.generated_table import IDENTIFIER, TARGET
from predictor.tasks import find_tasks
from tests.generic import own_tables
from tests.support.artefacts import write_artefact
from tests.support.repository import ROOT

TARGETS = {
    "wine": "cultivar",
    "cancer": "diagnosis",
    "digits": "digit",
    "diabetes": "progression",
    "mixed": "is paid?",
    "generated": TARGET,
}
FLAGS = {"cancer": ("--positive", "malignant"), "generated": ("--id", IDENTIFIER)}
# Training and publishing take about a minute of two processors, and more where others use them.
pytestmark = pytest.mark.timeout(600)
QUICK = ("--epochs", "10")

ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("APP_")}


def run(folder, script, *arguments):
    process = subprocess.run(
        [sys.executable, ROOT / "tests" / "generic" / script, *arguments],
        cwd=folder,
        env=ENVIRONMENT | {"PYTHONPATH": str(ROOT), "APP_TASKS": "own"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stderr
    return process.stdout


def run_training(folder, commands):
    return run(folder, "training_commands.py", json.dumps(commands))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Give a folder outside the repository with the tables, their tasks and recipes, and trained models."""
    folder = tmp_path_factory.mktemp("tables")
    for name in TARGETS:
        getattr(own_tables, f"write_{name}")(folder / f"{name}.csv")
    for task in find_tasks().values():
        write_artefact(folder / "models", task)
    new = [
        ["new", name, "--data", f"{name}.csv", "--target", target, *FLAGS.get(name, ())]
        for name, target in TARGETS.items()
    ]
    train = [[name, "--data", f"{name}.csv", "--out", "models", *QUICK] for name in TARGETS]
    (folder / "output.txt").write_text(run_training(folder, new), "utf-8")
    # The largest table takes about as long as the others.
    with ThreadPoolExecutor() as threads:
        list(threads.map(lambda commands: run_training(folder, commands), [train[:-1], train[-1:]]))
    return folder


@pytest.fixture(scope="module")
def answers(folder):
    return json.loads(run(folder, "call_every_operation.py"))


def statuses(answers):
    return {call: answer[0] for call, answer in answers.items() if call != "document"}


def test_every_operation_answers_the_example_of_every_table(answers):
    # The models of the shipped tasks are made up here, and have no figures.
    made_up = {f"get /models/{task}/figures/calibration.svg" for task in find_tasks()}
    assert {call for call, status in statuses(answers).items() if status != 200} == made_up
    for task in TARGETS:
        assert {f"post /predict/{task}", f"post /predict/{task}/batch", f"get /models/{task}"} <= set(
            statuses(answers)
        )


@pytest.mark.parametrize("task", TARGETS)
def test_the_example_of_a_table_gets_no_warning(answers, task):
    _, answer = answers[f"post /predict/{task}"]

    assert answer["warnings"] == []


@pytest.mark.parametrize(
    ("task", "classes"),
    [
        ("wine", ["0", "1", "2"]),
        ("cancer", ["benign", "malignant"]),
        ("digits", [str(digit) for digit in range(10)]),
        ("diabetes", ["low", "high"]),
        ("mixed", ["False", "True"]),
        ("generated", ["no", "yes"]),
    ],
)
def test_the_classes_are_those_of_the_file(answers, task, classes):
    _, detail = answers[f"get /models/{task}"]
    _, answer = answers[f"post /predict/{task}"]

    assert sorted(detail["classes"]) == sorted(classes)
    assert answer["label"] in classes
    if task != "diabetes":  # Its classes are equally frequent, so that either may be the second.
        assert detail["classes"] == classes


@pytest.mark.parametrize("task", TARGETS)
def test_the_model_of_a_table_is_better_than_its_most_frequent_class(answers, task):
    _, detail = answers[f"get /models/{task}"]

    assert detail["metrics"]["test"]["loss"] < detail["metrics"]["test_intervals"]["loss"][1]
    assert detail["metrics"]["held_out"]["roc_auc"] > 0.6


def test_a_column_keeps_its_name_everywhere(answers):
    names = ["mean radius", "Größe", "1st_floor", "class", "model_x", "a b", "a_b"]
    _, detail = answers["get /models/mixed"]

    assert [feature["name"] for feature in detail["features"]] == names
    assert list(answers["document"]["components"]["schemas"]["MixedFeatures"]["properties"]) == names


def test_the_generated_table_has_columns_of_every_kind(answers):
    _, detail = answers["get /models/generated"]
    kinds = {(feature["kind"], feature["nullable"]) for feature in detail["features"]}

    assert kinds == {
        (kind, nullable) for kind in ("number", "integer", "flag", "category") for nullable in (False, True)
    }


def test_the_command_prints_what_it_left_out_and_what_comes_next(folder):
    output = (folder / "output.txt").read_text("utf-8")

    for reason in ("constant", "free text", "dates or times", "868 categories", "no row has a value"):
        assert reason in output
    assert "python -m training generated --data generated.csv" in output


def test_no_file_was_written_into_the_repository():
    for name in TARGETS:
        assert not (ROOT / "predictor" / "tasks" / f"{name}.py").exists()
        assert not (ROOT / "training" / "recipes" / f"{name}.py").exists()


@pytest.fixture(scope="module", autouse=True)
def _remove_models(folder):
    yield
    shutil.rmtree(folder)


def test_a_table_with_gaps_in_columns_of_every_kind_is_evaluated(folder):
    printed = run_training(folder, [["evaluate", "mixed", "--data", "mixed.csv", "--quick"]])

    assert "# Mixed: the recipe `production` on 5 folds" in printed
    assert "| logistic regression, draws |" in printed
    assert "1st_floor missing (" in printed
    assert "too few for metrics of their own" in printed

"""A new task needs one task file and one recipe file: two tasks are added, trained and called."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.artefacts import write_artefact
from tests.support.payloads import TASKS
from tests.support.repository import DOCS, PACKAGES, ROOT

HERE = Path(__file__).parent

# Each document has a task file and a recipe file; the first is the guide for users.
DOCUMENTS = {"wine": DOCS / "adding-a-model.md", "cancer": HERE / "cancer.md"}
FILE = re.compile(r"^`([\w/]+\.py)`\n\n```python\n(.*?)^```", flags=re.DOTALL | re.MULTILINE)

# The commands use neither the settings of this process nor the sources of this repository.
ENVIRONMENT = {
    name: value for name, value in os.environ.items() if not name.startswith("APP_") and name != "PYTHONPATH"
}


def run(folder: Path, *arguments: object) -> str:
    process = subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=folder,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stderr
    return process.stdout


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    folder = tmp_path_factory.mktemp("service")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    for task in TASKS.values():
        write_artefact(folder / "models", task)
    for document in DOCUMENTS.values():
        for path, code in FILE.findall(document.read_text("utf-8")):
            (folder / path).write_text(code, "utf-8")
    shutil.copy(HERE / "call_every_operation.py", folder)

    for name in DOCUMENTS:
        run(folder, "-m", "training", name, "--out", "models")
    return json.loads(run(folder, "call_every_operation.py"))


def test_each_document_adds_one_task_file_and_one_recipe_file():
    for task, document in DOCUMENTS.items():
        paths = [path for path, _ in FILE.findall(document.read_text("utf-8"))]

        assert paths == [f"predictor/tasks/{task}.py", f"training/recipes/{task}.py"]


def test_every_operation_succeeds_for_every_task(answers):
    statuses = {call: answer[0] for call, answer in answers.items() if call != "document"}

    # The models of the other tasks are made up and have no figures.
    made_up = {f"get /models/{task}/figures/calibration.svg" for task in TASKS}
    assert {call for call, status in statuses.items() if status != 200} == made_up
    for task in (*DOCUMENTS, *TASKS):
        assert {
            f"post /predict/{task}",
            f"post /predict/{task}/batch",
            f"get /models/{task}",
            f"get /models/{task}/operating-points",
        } <= set(statuses)


def test_the_added_three_class_task_answers_with_its_own_classes(answers):
    _, answer = answers["post /predict/wine"]

    assert list(answer["probabilities"]) == ["0", "1", "2"]
    assert sum(answer["probabilities"].values()) == pytest.approx(1)
    assert answer["label"] == max(answer["probabilities"], key=answer["probabilities"].get)
    assert (answer["model"], answer["version"]) == ("wine", 1)


def test_the_added_binary_task_answers_with_a_probability_and_a_label(answers):
    _, answer = answers["post /predict/cancer"]

    assert 0 < answer["probability"] < 1
    assert answer["label"] == ("benign" if answer["probability"] >= 0.5 else "malignant")
    assert [(warning["field"], warning["code"]) for warning in answer["warnings"]] == [
        ("concavity", "imputed")
    ]


@pytest.mark.parametrize("task", DOCUMENTS)
def test_a_batch_of_an_added_task_equals_its_single_prediction(answers, task):
    _, single = answers[f"post /predict/{task}"]
    _, batch = answers[f"post /predict/{task}/batch"]

    (prediction,) = batch["predictions"]
    assert prediction.items() <= single.items()


@pytest.mark.parametrize(("task", "min_accuracy"), [("wine", 0.8), ("cancer", 0.85)])
def test_an_added_task_reaches_a_minimum_accuracy(answers, task, min_accuracy):
    _, detail = answers[f"get /models/{task}"]

    assert detail["metrics"]["test"]["accuracy"] >= min_accuracy


def test_the_operating_points_of_an_added_task_have_rates(answers):
    _, wine = answers["get /models/wine/operating-points"]
    _, cancer = answers["get /models/cancer/operating-points"]

    assert wine["operating_points"]["default"]["rates"]["coverage"] == 1
    assert set(cancer["operating_points"]) == {"default", "sure"}
    assert cancer["operating_points"]["sure"]["rates"]["specificity"] > 0.9


def test_added_tasks_are_ready_and_listed(answers):
    _, ready = answers["get /health/ready"]
    _, listed = answers["get /models"]

    assert set(DOCUMENTS) <= set(ready["models"])
    assert set(DOCUMENTS) <= {model["model"] for model in listed["models"]}


def test_an_added_task_is_documented_with_types_units_and_ranges(answers):
    schemas = answers["document"]["components"]["schemas"]

    alcohol = schemas["WineFeatures"]["properties"]["alcohol"]
    assert alcohol.items() >= {"type": "number", "minimum": 5, "maximum": 25, "x-unit": "% vol"}.items()
    assert schemas["CancerFeatures"]["properties"]["size"]["enum"] == ["large", "small"]
    assert schemas["CancerFeatures"]["additionalProperties"] is False

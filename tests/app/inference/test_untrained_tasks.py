"""A task without a model answers 503, and the other tasks are served."""

import json
import logging
import re

import pytest
from fastapi.testclient import TestClient

from app.application import create_app
from app.settings import Settings
from predictor.schema.errors import ArtefactCorrupt, ArtefactMissing, SchemaMismatch
from predictor.schema.task import Task
from predictor.tasks import find_tasks
from tests.support.artefacts import write_artefact, write_other_artefacts
from tests.support.payloads import TASKS, row_of
from tests.support.problems import assert_problem
from tests.support.servers.processes import ask, command, end, run_to_its_end, running, soon
from tests.support.task_files import replace

ROW = {"age": 50.0, "paid": 0}
COMMAND = "python -m training leavers --data FILE"


def leavers_in(own_tasks) -> Task:
    return find_tasks([str(own_tasks)])["leavers"]


def client_of(models, own_tasks, **settings) -> TestClient:
    return TestClient(create_app(Settings(models_dir=models, tasks=(str(own_tasks),), **settings)))


PATHS = [
    ("POST", "/predict/leavers"),
    ("POST", "/predict/leavers/batch"),
    ("GET", "/models/leavers"),
    ("GET", "/models/leavers/operating-points"),
    ("GET", "/models/leavers/card"),
]


@pytest.mark.parametrize(("method", "path"), PATHS)
def test_a_task_without_a_model_gets_503_and_how_to_train_one(own_models, own_tasks, method, path):
    answer = client_of(own_models, own_tasks).request(method, path, json=ROW if method == "POST" else None)

    assert_problem(answer, 503)
    assert COMMAND in answer.json()["detail"]
    assert "restart" in answer.json()["detail"]
    assert answer.headers["retry-after"] == "60"
    assert str(own_models) not in answer.text


def test_the_other_tasks_are_served(own_models, own_tasks):
    client = client_of(own_models, own_tasks)

    for task in TASKS:
        assert client.post(f"/predict/{task}", json=row_of(task)).status_code == 200


def test_a_task_without_a_model_is_listed_as_not_trained(own_models, own_tasks):
    client = client_of(own_models, own_tasks)

    listed, ready = client.get("/models").json(), client.get("/health/ready").json()

    (leavers,) = [task for task in listed["not_trained"] if task["model"] == "leavers"]
    assert (leavers["title"], leavers["outcome"]) == ("Leavers", "leaving")
    assert COMMAND in leavers["detail"]
    assert set(TASKS) <= {model["model"] for model in listed["models"]}
    assert ready["status"] == "ready"
    assert "leavers" in ready["not_trained"]
    assert "leavers" not in ready["models"]


def test_the_openapi_document_has_the_operations_of_a_task_without_a_model(own_models, own_tasks):
    document = client_of(own_models, own_tasks).get("/openapi.json").json()

    operation = document["paths"]["/predict/leavers"]["post"]
    (point,) = [one for one in operation["parameters"] if one["name"] == "operating_point"]
    assert "enum" not in point["schema"]
    assert "503" in operation["responses"]
    (parameter,) = document["paths"]["/models/{task}"]["get"]["parameters"]
    assert "leavers" in parameter["schema"]["enum"]


def test_requests_for_a_task_without_a_model_are_counted(own_models, own_tasks):
    client = client_of(own_models, own_tasks)
    client.post("/predict/leavers", json=ROW)

    text = client.get("/metrics").text

    assert 'http_requests_total{method="POST",route="/predict/leavers",status="503"} 1.0' in text
    assert 'model_info{model="leavers"' not in text


@pytest.mark.parametrize("path", ["/predict/titanic", "/predict/titanic/batch"])
def test_the_answer_for_an_unknown_name_lists_the_known_ones(own_models, own_tasks, path):
    answer = client_of(own_models, own_tasks).post(path, json={})

    assert_problem(answer, 404)
    assert re.search(r"there are: (\w+, )*iris, (\w+, )*leavers, (\w+, )*stroke", answer.json()["detail"])
    assert "titanic" not in answer.text


def test_a_model_of_other_features_is_not_served(own_models, own_tasks, caplog):
    write_artefact(own_models, leavers_in(own_tasks))
    replace(own_tasks / "tasks" / "leavers.py", "number(0, 120", "number(0, 130")
    (own_tasks / "tasks" / "leavers.py").rename(own_tasks / "tasks" / "leavers2.py")

    with client_of(own_models, own_tasks, reload_seconds=0.01) as client:
        answer = client.post("/predict/leavers", json=ROW)
        write_artefact(own_models.parent / "new", leavers_in(own_tasks), version=2).rename(
            own_models / "leavers" / "2"
        )

        assert_problem(answer, 503)
        assert "was trained for other features" in answer.json()["detail"]
        assert COMMAND in answer.json()["detail"]
        assert soon(lambda: client.post("/predict/leavers", json=ROW).status_code == 200)
    assert "A new version is rejected" not in caplog.text


def test_with_hot_reload_a_model_is_served_as_soon_as_it_is_trained(own_models, own_tasks, caplog):
    caplog.set_level(logging.INFO)
    with client_of(own_models, own_tasks, reload_seconds=0.01, thresholds={"leavers": 0.9}) as client:
        before = client.post("/predict/leavers", json=ROW)
        assert "restart" not in before.json()["detail"]

        write_artefact(own_models.parent / "new", leavers_in(own_tasks)).parent.rename(own_models / "leavers")

        assert soon(lambda: "leavers" in client.get("/health/ready").json()["models"])
        answer = client.post("/predict/leavers", json=ROW)
        ready = client.get("/health/ready").json()
        document = client.get("/openapi.json").json()
    assert (answer.status_code, answer.json()["threshold"]) == (200, 0.9)
    assert "leavers" not in ready["not_trained"]
    assert list(ready["models"]) == sorted(ready["models"])
    assert "default" in json.dumps(document["paths"]["/predict/leavers"])
    assert "leavers: version 1 serves (" in caplog.text


@pytest.mark.parametrize("workers", [1, 2])
def test_the_command_serves_a_model_that_is_trained_later(own_models, own_tasks, port, workers):
    flags = ("--workers", workers, "--tasks", own_tasks)
    with running(own_models, port, *flags, APP_RELOAD_SECONDS="0.05") as process:
        assert "leavers" in ask(port, "/health/ready")["not_trained"]
        # A worker that starts later would find the model.
        assert soon(lambda: process.log().count("leavers is not trained") == workers)

        write_artefact(own_models.parent / "new", leavers_in(own_tasks)).parent.rename(own_models / "leavers")

        # Each connection may reach another worker.
        for _ in range(5):
            assert soon(lambda: "leavers" in ask(port, "/health/ready")["models"])
        status, log, _ = end(process)
    assert status == 0
    assert log.count("leavers is not trained") == workers
    assert COMMAND in log


def test_settings_may_name_tasks_without_a_model(own_models, own_tasks):
    by_task = {"thresholds": {"leavers": 0.3}, "prevalence": {"leavers": 0.2}, "versions": {"leavers": 1}}

    answer = client_of(own_models, own_tasks, **by_task).post("/predict/leavers", json=ROW)

    assert_problem(answer, 503)


def test_without_any_model_the_server_starts_and_one_line_says_how_to_train(tmp_path, caplog):
    with TestClient(create_app(Settings(models_dir=tmp_path))) as client:
        ready = client.get("/health/ready")
        listed = client.get("/models").json()

    assert ready.status_code == 200
    assert listed["models"] == []
    assert set(TASKS) <= {task["model"] for task in listed["not_trained"]}
    (line,) = [record.getMessage() for record in caplog.records if "model" in record.getMessage()]
    assert line.startswith("No task has a model. ")
    assert "python -m training" in line
    assert "APP_MODELS_DIR" in line


def test_a_damaged_model_still_stops_the_start(own_models, own_tasks):
    weights = write_artefact(own_models, leavers_in(own_tasks)) / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\x7f")

    with pytest.raises(ArtefactCorrupt, match="digest"):
        client_of(own_models, own_tasks)


def test_where_models_are_required_a_task_without_one_stops_the_start(own_models, own_tasks):
    write_other_artefacts(own_models)

    with pytest.raises(ArtefactMissing, match="python -m training leavers --data FILE"):
        client_of(own_models, own_tasks, require_models=True)


def test_where_models_are_required_a_model_of_other_features_stops_the_start(own_models, own_tasks):
    write_artefact(own_models, leavers_in(own_tasks))
    replace(own_tasks / "tasks" / "leavers.py", "number(0, 120", "number(0, 130")
    (own_tasks / "tasks" / "leavers.py").rename(own_tasks / "tasks" / "leavers2.py")

    write_other_artefacts(own_models)

    with pytest.raises(SchemaMismatch, match="python -m training leavers"):
        client_of(own_models, own_tasks, require_models=True)


def test_where_models_are_required_the_command_ends_with_status_3_and_one_line(own_models, own_tasks):
    write_other_artefacts(own_models)

    ended = run_to_its_end(command("--tasks", own_tasks), own_models, APP_REQUIRE_MODELS="on")

    assert ended.returncode == 3
    assert ended.stderr.count("\n") == 1
    assert COMMAND in ended.stderr

"""The texts and the example answers of the OpenAPI document."""

import json
import subprocess
import sys

import pytest
from fastapi.testclient import TestClient

from app.application import create_app
from app.settings import Settings
from tests.support.api_keys import line
from tests.support.payloads import TASKS, row_of
from tests.support.repository import ROOT


@pytest.fixture(scope="module")
def document(client):
    return client.get("/openapi.json").json()


def test_every_operation_parameter_schema_and_tag_is_described(document):
    tags = {tag["name"]: tag["description"] for tag in document["tags"]}

    for operation in operations_of(document):
        assert operation["summary"]
        assert operation["description"].endswith(".")
        assert {*operation["tags"]} <= set(tags)
        assert all(parameter["description"] for parameter in operation.get("parameters", []))
        assert "Successful Response" not in str(operation)
    assert all(tags.values())
    assert [
        name for name, schema in document["components"]["schemas"].items() if not schema["description"]
    ] == []


@pytest.mark.parametrize("task", TASKS)
def test_the_example_answers_are_those_of_the_served_model(client, document, task):
    calls = {
        f"/predict/{task}": client.post(f"/predict/{task}", json=row_of(task)),
        f"/predict/{task}/batch": client.post(f"/predict/{task}/batch", json={"instances": [row_of(task)]}),
    }

    for path, answer in calls.items():
        assert example_answers(document, path)[task] == {"value": answer.json()}


def test_the_example_answers_about_models_are_those_of_the_first_model(client, document):
    for path in ("/models/{task}", "/models/{task}/operating-points"):
        ((name, example),) = example_answers(document, path).items()
        url = path.replace("{task}", name) + "?threshold=0.1" * path.endswith("points")
        assert example == {"value": client.get(url).json()}
    for path in ("/models", "/health/live", "/health/ready"):
        (example,) = example_answers(document, path).values()
        assert example == {"value": client.get(path).json()}


def example_answers(document, path):
    (operation,) = document["paths"][path].values()
    return operation["responses"]["200"]["content"]["application/json"]["examples"]


def test_the_predictions_of_the_examples_are_not_counted(models):
    client = TestClient(create_app(Settings(models_dir=models)))
    client.get("/openapi.json")

    assert "predictions_total{" not in client.get("/metrics").text


def test_with_keys_the_document_has_no_answers_that_need_a_key(models, tmp_path):
    (tmp_path / "keys").write_text(line("alice", "secret-key-of-alice"))
    app = create_app(Settings(models_dir=models, api_keys_file=tmp_path / "keys"))

    document = TestClient(app).get("/openapi.json").json()

    assert set(example_answers(document, "/health/live")) == {"alive"}
    assert '"examples": {' not in json.dumps({**document, "paths": without_health(document)})


def without_health(document):
    return {path: found for path, found in document["paths"].items() if not path.startswith("/health")}


PRINT_DOCUMENT = """
import json, sys
from pathlib import Path
from app.application import create_app
from app.settings import Settings
settings = Settings(models_dir=Path(sys.argv[1]), max_batch=50, max_body_bytes=20_000)
print(json.dumps(create_app(settings).openapi()))
"""


def test_the_document_is_the_same_without_docstrings(document, models):
    command = [sys.executable, "-OO", "-c", PRINT_DOCUMENT, str(models)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=True)

    assert json.loads(done.stdout) == document


def operations_of(document):
    return [operation for methods in document["paths"].values() for operation in methods.values()]

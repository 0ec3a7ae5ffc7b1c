"""A task with every kind of column, and with names that are no identifiers, over HTTP."""

import json

import pytest
from fastapi.testclient import TestClient

from app.application import create_app
from app.settings import Settings
from predictor.model.predictor import load_predictor
from tests.support.artefacts import write_artefact
from tests.support.files.tampering import edit_manifest
from tests.support.mixed_task import MIXED, NULLABLE, mixed_rows
from tests.support.task_files import write_file

NAMES = list(MIXED.features.example)
# The first row has every value, and the last none that may be missing.
RECORDS = [
    MIXED.features.example,
    *(row.model_dump() for row in mixed_rows(20, gaps=0.4)[0]),
    MIXED.features.example | dict.fromkeys(NULLABLE),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("service")
    write_file(folder, "tasks/mixed.py", "from tests.support.mixed_task import MIXED as TASK")
    version = write_artefact(folder / "models", MIXED, seed=3)
    edit_manifest(version, "calibration/method", "none")
    return folder


@pytest.fixture(scope="module")
def client(folder):
    return TestClient(create_app(Settings(models_dir=folder / "models", tasks=(str(folder),))))


@pytest.fixture(scope="module")
def predictions(folder):
    return load_predictor(folder / "models", MIXED).predict(RECORDS)


def post(client, body: str | bytes, path: str = "/predict/mixed"):
    return client.post(path, content=body, headers={"Content-Type": "application/json"})


@pytest.mark.parametrize("ensure_ascii", [True, False])
def test_rows_have_the_answers_of_the_predictor_alone_and_in_a_batch(client, predictions, ensure_ascii):
    batch = post(
        client, json.dumps({"instances": RECORDS}, ensure_ascii=ensure_ascii), "/predict/mixed/batch"
    )
    assert batch.status_code == 200, batch.text

    for index, record in enumerate(RECORDS):
        single = post(client, json.dumps(record, ensure_ascii=ensure_ascii)).json()
        assert single["probability"] == predictions.probabilities[index, 1]
        assert single["label"] == predictions.labels()[index]
        assert [warning["field"] for warning in single["warnings"]] == [
            warning.field for warning in predictions.warnings[index]
        ]
        assert batch.json()["predictions"][index].items() <= single.items()


def test_whole_numbers_and_booleans_are_the_same_as_integers(client):
    record = MIXED.features.example
    floats = record | {"1st_floor": 7.0, "age": 41.0, 'is "member"': 1.0, "active": 0.0}
    booleans = record | {'is "member"': True, "active": False}

    answers = [post(client, json.dumps(row)) for row in (record, floats, booleans)]

    assert [answer.status_code for answer in answers] == [200] * 3
    assert answers[0].content == answers[1].content == answers[2].content


@pytest.mark.parametrize("value", [None, "its own"])
@pytest.mark.parametrize("name", NAMES)
def test_a_name_given_twice_is_refused_alone_and_in_a_batch(client, name, value):
    key = json.dumps(name, ensure_ascii=False)
    again = json.dumps(MIXED.features.example[name] if value else None)
    row = f"{json.dumps(MIXED.features.example, ensure_ascii=False)[:-1]}, {key}: {again}}}"

    for path, body, loc in (
        ("/predict/mixed", row, ["body", name]),
        ("/predict/mixed/batch", f'{{"instances": [{row}]}}', ["body", "instances", 0, name]),
    ):
        answer = post(client, body.encode(), path)

        assert answer.status_code == 422
        assert answer.json()["errors"][0]["loc"] == loc


@pytest.mark.parametrize("name", NAMES)
def test_a_bad_value_is_located_by_the_name_of_its_column(client, name):
    answer = post(client, json.dumps(MIXED.features.example | {name: [1]}))

    assert answer.status_code == 422
    assert [error["loc"] for error in answer.json()["errors"]] == [["body", name]]


def test_the_name_of_the_field_in_python_is_unknown(client):
    answer = post(client, json.dumps(MIXED.features.example | {"mean_radius": 1.0}))

    assert [error["loc"] for error in answer.json()["errors"]] == [["body", "mean_radius"]]


def test_the_model_is_described_with_the_kinds_of_its_columns(client):
    body = client.get("/models/mixed").json()

    described = {feature["name"]: feature for feature in body["features"]}
    assert list(described) == NAMES
    assert [feature["kind"] for feature in described.values()] == [
        *("number", "integer", "flag", "category", "integer", "number", "flag", "category")
    ]
    assert [name for name, feature in described.items() if feature["nullable"]] == list(NULLABLE)
    assert (described["age"]["minimum"], described["age"]["maximum"]) == (0, 120)
    assert body["classes"] == ["stays", "leaves"]
    assert body["calibrated"] is False


def test_the_document_has_the_names_of_the_columns_and_claims_no_calibration(client):
    document = client.get("/openapi.json").json()

    schema = document["components"]["schemas"]["MixedFeatures"]
    assert list(schema["properties"]) == NAMES
    assert schema["properties"]["age"].items() >= {"type": "integer", "minimum": 0, "maximum": 120}.items()
    answer = document["components"]["schemas"]["MixedPrediction"]
    probability = answer["properties"]["probability"]
    assert "calibrated" in answer["properties"]
    assert "calibrated" not in answer["required"]
    assert probability["description"].startswith("Probability of whether a customer leaves")
    assert probability["description"].endswith("It is calibrated unless `calibrated` is false.")


def test_every_answer_of_a_model_that_is_not_calibrated_says_so(client, predictions):
    single = post(client, json.dumps(MIXED.features.example))
    batch = client.post("/predict/mixed/batch", json={"instances": [MIXED.features.example]})

    assert [answer.json()["calibrated"] for answer in (single, batch)] == [False, False]
    assert not predictions.is_calibrated

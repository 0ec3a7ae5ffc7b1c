import numpy as np
import pytest
from fastapi.testclient import TestClient

from app.application import create_app
from app.settings import Settings
from predictor.model.predictor import load_predictor
from tests.support.payloads import TASKS, row_of, with_raw, without

JSON = {"Content-Type": "application/json"}


def test_a_binary_answer_has_the_documented_fields_in_order(client):
    answer = client.post("/predict/stroke", json=row_of("stroke"))

    body = answer.json()
    assert answer.status_code == 200
    assert list(body) == [
        "probability",
        "label",
        "interval",
        "prediction_set",
        "threshold",
        "threshold_source",
        "model",
        "version",
        "warnings",
    ]
    assert body["label"] == int(body["probability"] >= body["threshold"])
    assert (body["model"], body["version"], body["threshold_source"]) == ("stroke", 1, "model")


def test_a_multiclass_answer_has_a_probability_for_each_class(client):
    answer = client.post("/predict/iris", json=row_of("iris"))

    body = answer.json()
    assert answer.status_code == 200
    assert list(body)[:4] == ["probabilities", "label", "interval", "prediction_set"]
    assert list(body["interval"]) == list(body["probabilities"])
    assert list(body["probabilities"]) == ["setosa", "versicolor", "virginica"]
    assert sum(body["probabilities"].values()) == pytest.approx(1)
    assert body["label"] == max(body["probabilities"], key=body["probabilities"].get)
    assert body["threshold"] == 0.0


@pytest.mark.parametrize("task", TASKS)
def test_the_probabilities_in_the_answer_equal_those_of_the_predictor(client, models, task):
    predictor = load_predictor(models, TASKS[task])
    row = TASKS[task].features.model_validate(row_of(task))

    body = client.post(f"/predict/{task}", json=row_of(task)).json()

    sent = [body["probability"]] if "probability" in body else list(body["probabilities"].values())
    assert sent == predictor.predict([row]).probabilities[0].tolist()[-len(sent) :]


@pytest.mark.parametrize("task", TASKS)
def test_the_minimum_and_the_maximum_of_every_column_are_accepted(client, task):
    for column in TASKS[task].features.columns():
        for value in (column.minimum, column.maximum):
            row = row_of(task) if value is None else {**row_of(task), column.name: value}

            assert client.post(f"/predict/{task}", json=row).status_code == 200


def test_negative_zero_and_an_underflowing_number_are_read_as_zero(client):
    bodies = [with_raw(row_of("stroke"), "age", raw) for raw in ("0.0", "-0.0", "1e-400")]

    answers = [client.post("/predict/stroke", content=body, headers=JSON).text for body in bodies]

    assert len(set(answers)) == 1


def test_an_integer_has_the_same_answer_as_the_equal_float(client):
    answers = [
        client.post("/predict/stroke", json={**row_of("stroke"), "age": age}).json() for age in (55, 55.0)
    ]

    assert answers[0] == answers[1]


def test_a_missing_bmi_is_imputed_and_the_answer_has_a_warning(client):
    missing = client.post("/predict/stroke", json=without(row_of("stroke"), "bmi")).json()
    null = client.post("/predict/stroke", json={**row_of("stroke"), "bmi": None}).json()

    assert missing == null
    assert ("bmi", "imputed") in [(w["field"], w["code"]) for w in null["warnings"]]
    assert all(list(w) == ["field", "code", "message"] for w in null["warnings"])


@pytest.mark.parametrize(
    ("value", "codes"), [(10, []), (15.25, ["out_of_range"]), (14.5, ["sparse"]), (0.75, ["sparse"])]
)
def test_a_value_that_is_rare_or_absent_in_training_has_a_warning(client, value, codes):
    row = {**row_of("iris"), "PetalWidth": value, "SepalLength": 5.0}

    answer = client.post("/predict/iris", json=row)

    assert answer.status_code == 200
    assert [w["code"] for w in answer.json()["warnings"] if w["field"] == "PetalWidth"] == codes


class OverflowingEngine:
    """An engine whose logits are NaN, as after an overflow; with `few_rows` 0, each row is a batch."""

    device, few_rows, tolerance = "cpu", 0, 1.0
    columns = TASKS["stroke"].features.columns()

    def calibrated_logits(self, raw_BK):
        return np.full((1, len(raw_BK), 1), np.nan)

    def calibrated_logits_of_row(self, row):
        raise AssertionError("every row is predicted as a batch")


def test_a_probability_that_is_nan_is_answered_with_500_and_logged(models, caplog):
    app = create_app(Settings(models_dir=models))
    app.state.services["stroke"].predictor.engine = OverflowingEngine()

    answer = TestClient(app).post("/predict/stroke", json=row_of("stroke"))

    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["title"] == "Internal server error"
    assert str(models) not in answer.text
    assert answer.json()["request_id"] in caplog.text
    assert "PredictionNotFinite" in caplog.text

import numpy as np
import pytest
from fastapi.testclient import TestClient

from app.application import create_app
from app.settings import Settings
from predictor.model.predictor import load_predictor
from tests.support.payloads import TASKS, row_of, with_raw, without

JSON = {"Content-Type": "application/json"}


def post_raw(client, task, content):
    return client.post(f"/predict/{task}", content=content, headers=JSON)


def test_a_binary_answer_has_the_promised_fields_in_their_order(client):
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
def test_the_probability_is_sent_as_the_predictor_gives_it(client, models, task):
    predictor = load_predictor(models, TASKS[task])
    row = TASKS[task].features.model_validate(row_of(task))

    body = client.post(f"/predict/{task}", json=row_of(task)).json()

    sent = [body["probability"]] if "probability" in body else list(body["probabilities"].values())
    assert sent == predictor.predict([row]).probabilities[0].tolist()[-len(sent) :]


REFUSED = [
    ("stroke", "age", '"71.125"', "71.125"),
    ("stroke", "age", "true", "true"),
    ("stroke", "age", "null", "null"),
    ("stroke", "age", "[71.125]", "71.125"),
    ("stroke", "age", "NaN", "NaN"),
    ("stroke", "age", "Infinity", "Infinity"),
    ("stroke", "age", "-Infinity", "Infinity"),
    ("stroke", "age", "1e400", "1e400"),
    ("stroke", "age", "-0.5", "-0.5"),
    ("stroke", "age", "120.5", "120.5"),
    ("stroke", "avg_glucose_level", "19.75", "19.75"),
    ("stroke", "avg_glucose_level", "1000.5", "1000.5"),
    ("stroke", "bmi", "7.75", "7.75"),
    ("stroke", "bmi", "100.5", "100.5"),
    ("stroke", "bmi", '"N/A"', "N/A"),
    ("stroke", "bmi", "NaN", "NaN"),
    ("stroke", "hypertension", "true", "true"),
    ("stroke", "hypertension", "1.0", "1.0"),
    ("stroke", "hypertension", '"1"', '"1"'),
    ("stroke", "hypertension", "7", "7"),
    ("stroke", "heart_disease", "null", "null"),
    ("stroke", "gender", '"female"', "female"),
    ("stroke", "gender", "3", "3"),
    ("stroke", "work_type", '"xyzzy"', "xyzzy"),
    ("stroke", "smoking_status", "null", "null"),
    ("stroke", "xyzzy", '"secret"', "secret"),
    ("iris", "PetalWidth", "-0.25", "-0.25"),
    ("iris", "PetalWidth", "30.5", "30.5"),
    ("iris", "PetalWidth", '"0.25"', "0.25"),
    ("iris", "PetalWidth", "true", "true"),
    ("iris", "PetalWidth", "null", "null"),
    ("iris", "PetalWidth", "NaN", "NaN"),
    ("iris", "PetalWidth", "-Infinity", "Infinity"),
    ("iris", "PetalWidth", "9" * 400, "999"),
    ("iris", "petal", "5.125", "5.125"),
]


@pytest.mark.parametrize(("task", "field", "raw", "secret"), REFUSED)
def test_a_bad_value_is_refused_and_its_field_named_but_not_its_value(client, task, field, raw, secret):
    content = with_raw(row_of(task), field, raw)

    answer = client.post(f"/predict/{task}", content=content, headers={**JSON, "X-Request-ID": "id"})

    assert answer.status_code == 422
    assert [error["loc"] for error in answer.json()["errors"]] == [["body", field]]
    assert secret not in answer.text


@pytest.mark.parametrize("task", TASKS)
def test_each_missing_field_is_named_except_those_that_may_be_left_out(client, task):
    for column in TASKS[task].features.columns():
        answer = client.post(f"/predict/{task}", json=without(row_of(task), column.name))

        if column.nullable:
            assert answer.status_code == 200
        else:
            assert answer.status_code == 422
            assert answer.json()["errors"] == [
                {"loc": ["body", column.name], "msg": "Field required", "type": "missing"}
            ]


@pytest.mark.parametrize("task", TASKS)
def test_both_ends_of_every_hard_range_are_accepted(client, task):
    for column in TASKS[task].features.columns():
        for end in (column.minimum, column.maximum):
            row = row_of(task) if end is None else {**row_of(task), column.name: end}

            assert client.post(f"/predict/{task}", json=row).status_code == 200


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b'"row"',
        b"null",
        b"\xff\xfe",
        b'{"age": "\\ud800"}',
        b'{"\\ud800": 1}',
        b"\xef\xbb\xbf{}",
        b"[" * 10_000,
    ],
)
def test_what_is_no_json_object_is_refused_and_not_repeated(client, content):
    answer = post_raw(client, "stroke", content)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["loc"][0] == "body"
    assert "ud800" not in answer.text


def test_broken_json_is_refused_with_the_place_where_it_breaks(client):
    answer = post_raw(client, "iris", b'{"SepalLength": 5.125,\n oops')

    assert answer.status_code == 422
    assert "line 2 column" in answer.json()["detail"]
    assert "oops" not in answer.text


def test_an_unknown_field_with_a_long_name_is_cut(client):
    row = {**row_of("iris"), "x" * 5_000: 1}

    answer = client.post("/predict/iris", json=row)

    assert answer.json()["errors"][0]["loc"] == ["body", "x" * 64]


def test_negative_zero_and_a_vanishing_number_are_zero(client):
    texts = [
        post_raw(client, "stroke", with_raw(row_of("stroke"), "age", raw)).text
        for raw in ("0.0", "-0.0", "1e-400")
    ]

    assert len(set(texts)) == 1


def test_whole_numbers_are_numbers(client):
    answers = [
        client.post("/predict/stroke", json={**row_of("stroke"), "age": age}).json() for age in (55, 55.0)
    ]

    assert answers[0] == answers[1]


def test_a_missing_bmi_is_imputed_and_says_so(client):
    left_out = client.post("/predict/stroke", json=without(row_of("stroke"), "bmi")).json()
    null = client.post("/predict/stroke", json={**row_of("stroke"), "bmi": None}).json()

    assert left_out == null
    assert ("bmi", "imputed") in [(w["field"], w["code"]) for w in null["warnings"]]
    assert all(list(w) == ["field", "code", "message"] for w in null["warnings"])


@pytest.mark.parametrize(
    ("value", "codes"), [(10, []), (15.25, ["out_of_range"]), (14.5, ["sparse"]), (0.75, ["sparse"])]
)
def test_a_value_beyond_the_training_rows_is_answered_with_a_warning(client, value, codes):
    row = {**row_of("iris"), "PetalWidth": value, "SepalLength": 5.0}

    answer = client.post("/predict/iris", json=row)

    assert answer.status_code == 200
    found = [w["code"] for w in answer.json()["warnings"] if w["field"] == "PetalWidth"]
    assert found == codes


class OverflowingEngine:
    device, few_rows, tolerance = "cpu", 0, 1.0
    columns = TASKS["stroke"].features.columns()

    def calibrated_logits(self, raw_BK):
        return np.full((1, len(raw_BK), 1), np.nan)

    def calibrated_logits_of_row(self, row):
        raise AssertionError("no row is one of few")


def test_a_probability_that_is_not_a_number_is_never_sent(models, caplog):
    app = create_app(Settings(models_dir=models))
    app.state.services["stroke"].predictor.engine = OverflowingEngine()

    answer = TestClient(app).post("/predict/stroke", json=row_of("stroke"))

    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["title"] == "Internal server error"
    assert str(models) not in answer.text
    assert answer.json()["request_id"] in caplog.text
    assert "AnswerNotFinite" in caplog.text

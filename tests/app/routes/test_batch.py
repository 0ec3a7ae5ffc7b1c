import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from predictor.model.predictor import load_predictor
from tests.support.payloads import TASKS, row_of


def value_of(column):
    if column.kind == "category":
        return st.sampled_from(column.categories)
    if column.kind == "flag":
        return st.integers(0, 1)
    number = st.floats(column.minimum, column.maximum)
    return st.none() | number if column.nullable else number


def rows_of(task):
    columns = TASKS[task].features.columns()
    row = st.fixed_dictionaries({column.name: value_of(column) for column in columns})
    return st.lists(row, min_size=1, max_size=20)


def post_batch(client, task, rows, query=""):
    return client.post(f"/predict/{task}/batch{query}", json={"instances": rows})


def test_a_batch_answer_has_the_documented_fields_in_order(client):
    body = post_batch(client, "stroke", [row_of("stroke")] * 2).json()

    assert list(body) == ["predictions", "threshold", "threshold_source", "model", "version"]
    fields = ["probability", "label", "interval", "prediction_set", "warnings"]
    assert [list(row) for row in body["predictions"]] == [fields] * 2


@pytest.mark.parametrize("task", TASKS)
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data(), error_rate=st.floats(0.01, 0.99))
def test_a_row_has_the_same_answer_in_a_batch_as_in_a_single_request(client, task, data, error_rate):
    rows, query = data.draw(rows_of(task)), f"?error_rate={error_rate}"

    predictions = post_batch(client, task, rows, query).json()["predictions"]

    singles = [client.post(f"/predict/{task}{query}", json=row).json() for row in rows]
    assert {"interval", "prediction_set"} <= predictions[0].keys()
    assert predictions == [{name: single[name] for name in predictions[0]} for single in singles]


@pytest.mark.parametrize("task", TASKS)
def test_the_prediction_of_a_row_does_not_depend_on_the_other_rows_of_the_batch(models, task):
    predictor = load_predictor(models, TASKS[task])
    random = np.random.default_rng(0)
    example = TASKS[task].features.example
    name = next(column.name for column in TASKS[task].features.columns() if column.kind == "number")
    values = random.uniform(0, 30, 300).tolist()
    rows = [TASKS[task].features.model_validate(example | {name: value}) for value in values]

    together = predictor.predict(rows)

    alone = [predictor.predict([row]) for row in rows]
    assert together.numbers == [number for predictions in alone for number in predictions.numbers]
    assert together.is_member == [is_in for predictions in alone for is_in in predictions.is_member]


def test_a_batch_is_answered_in_the_order_of_its_rows(client):
    rows = [{**row_of("stroke"), "age": age} for age in (80.0, 2.0, 44.0)]

    predictions = post_batch(client, "stroke", rows).json()["predictions"]
    reversed_predictions = post_batch(client, "stroke", rows[::-1]).json()["predictions"]

    assert predictions == reversed_predictions[::-1]
    assert len({row["probability"] for row in predictions}) == 3


def test_a_batch_of_the_maximum_size_is_answered_and_one_with_a_row_more_is_refused(client):
    assert post_batch(client, "iris", [row_of("iris")] * 50).status_code == 200

    answer = post_batch(client, "iris", [row_of("iris")] * 51)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["loc"] == ["body", "instances"]
    assert "at most 50" in answer.json()["detail"]


def test_an_empty_batch_is_refused(client):
    answer = post_batch(client, "iris", [])

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["loc"] == ["body", "instances"]


def test_each_invalid_row_is_named_by_its_index(client):
    rows = [row_of("stroke"), {**row_of("stroke"), "age": "xyzzy"}, {**row_of("stroke"), "x": 1}]

    answer = post_batch(client, "stroke", rows)

    assert answer.status_code == 422
    assert [error["loc"] for error in answer.json()["errors"]] == [
        ["body", "instances", 1, "age"],
        ["body", "instances", 2, "x"],
    ]
    assert "xyzzy" not in answer.text


def test_at_most_twenty_errors_are_listed_and_the_others_are_counted(client):
    answer = post_batch(client, "iris", [{}] * 50)

    assert answer.status_code == 422
    assert len(answer.json()["errors"]) == 20
    assert answer.json()["detail"].endswith("(and 199 more)")
    assert len(answer.content) < 8_000


@pytest.mark.parametrize("body", [{}, {"instances": None}, {"instances": {}}, {"rows": []}, []])
def test_a_body_without_a_list_of_instances_is_refused(client, body):
    assert client.post("/predict/iris/batch", json=body).status_code == 422

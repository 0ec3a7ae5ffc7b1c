"""Requests for one row that are refused: the answer names the field, and never the submitted value."""

import pytest

from tests.support.payloads import TASKS, row_of, with_raw, without

JSON = {"Content-Type": "application/json"}


INVALID_VALUES = [
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
    ("stroke", "hypertension", "1.5", "1.5"),
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


# The last item is the text that the answer must not repeat.
@pytest.mark.parametrize(("task", "field", "raw", "secret"), INVALID_VALUES)
def test_an_invalid_value_is_refused_and_the_answer_names_its_field_but_not_the_value(
    client, task, field, raw, secret
):
    content = with_raw(row_of(task), field, raw)
    # A random request id could contain the text by chance.
    headers = {**JSON, "X-Request-ID": "id"}

    answer = client.post(f"/predict/{task}", content=content, headers=headers)

    assert answer.status_code == 422
    assert [error["loc"] for error in answer.json()["errors"]] == [["body", field]]
    assert secret not in answer.text


@pytest.mark.parametrize("raw", ["1", "1.0", "true"])
def test_a_flag_may_be_an_exact_number_or_a_boolean(client, raw):
    expected = client.post("/predict/stroke", json=row_of("stroke") | {"hypertension": 1})

    content = with_raw(row_of("stroke"), "hypertension", raw)
    answer = client.post("/predict/stroke", content=content, headers=JSON)

    assert answer.status_code == 200
    assert answer.json() == expected.json()


@pytest.mark.parametrize("task", TASKS)
def test_a_missing_field_is_refused_and_named_unless_it_is_nullable(client, task):
    for column in TASKS[task].features.columns():
        answer = client.post(f"/predict/{task}", json=without(row_of(task), column.name))

        if column.nullable:
            assert answer.status_code == 200
        else:
            assert answer.status_code == 422
            assert answer.json()["errors"] == [
                {"loc": ["body", column.name], "msg": "Field required", "type": "missing"}
            ]


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
def test_a_body_that_is_not_a_json_object_is_refused_and_not_repeated(client, content):
    answer = client.post("/predict/stroke", content=content, headers=JSON)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["loc"][0] == "body"
    assert "ud800" not in answer.text


def test_malformed_json_is_refused_and_the_answer_names_the_line_and_column(client):
    answer = client.post("/predict/iris", content=b'{"SepalLength": 5.125,\n oops', headers=JSON)

    assert answer.status_code == 422
    assert "line 2 column" in answer.json()["detail"]
    assert "oops" not in answer.text


def test_a_long_name_of_an_unknown_field_is_truncated(client):
    row = {**row_of("iris"), "x" * 5_000: 1}

    answer = client.post("/predict/iris", json=row)

    assert answer.json()["errors"][0]["loc"] == ["body", "x" * 64]

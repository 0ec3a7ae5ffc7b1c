from itertools import pairwise

import numpy as np
import pytest
from fastapi.testclient import TestClient

from app.application import create_app
from app.settings import Settings
from tests.support.artefacts import write_artefact
from tests.support.payloads import TASKS, row_of

ERROR_RATES = (0.001, 0.01, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 0.95, 0.999)


def predict(client, task, row, query=""):
    answer = client.post(f"/predict/{task}{query}", json=row)
    assert answer.status_code == 200
    return answer.json()


def random_rows(task, count=40):
    random = np.random.default_rng(0)
    name = next(c.name for c in TASKS[task].features.columns() if c.kind == "number")
    return [{**row_of(task), name: value} for value in random.uniform(0, 30, count).tolist()]


def with_intervals(body):
    """Give each probability of an answer with the two ends of its interval."""
    if "probability" in body:
        return [(body["probability"], *body["interval"])]
    return [(body["probabilities"][name], *ends) for name, ends in body["interval"].items()]


@pytest.mark.parametrize("task", TASKS)
def test_an_interval_has_ordered_ends_in_0_to_1_and_mostly_contains_the_probability(client, task):
    bodies = [predict(client, task, row) for row in random_rows(task)]

    probability, low, high = np.array([triple for body in bodies for triple in with_intervals(body)]).T
    assert (low >= 0).all()
    assert (low <= high).all()
    assert (high <= 1).all()
    # The probability comes from the mean of the logits; one extreme member can move it out of the interval.
    assert ((low <= probability) & (probability <= high)).mean() > 0.8
    assert (high > low).any()


def test_the_intervals_of_an_ensemble_of_one_member_have_no_width(tmp_path):
    for name in TASKS:
        write_artefact(tmp_path, TASKS[name], members=1)
    client = TestClient(create_app(Settings(models_dir=tmp_path)))

    for task in TASKS:
        for row in random_rows(task, 10):
            for probability, low, high in with_intervals(predict(client, task, row)):
                assert low == high == probability


@pytest.mark.parametrize("task", TASKS)
def test_a_prediction_set_has_its_labels_in_the_order_of_the_classes(client, task):
    labels = [0, 1] if TASKS[task].kind == "binary" else list(TASKS[task].classes)

    for row in random_rows(task):
        members = predict(client, task, row)["prediction_set"]

        assert members == [label for label in labels if label in members]


@pytest.mark.parametrize("task", TASKS)
def test_a_prediction_set_never_shrinks_as_the_error_rate_decreases(client, task):
    for row in random_rows(task, 5):
        sets = [set(predict(client, task, row, f"?error_rate={e}")["prediction_set"]) for e in ERROR_RATES]

        assert all(larger >= smaller for larger, smaller in pairwise(sets))


@pytest.mark.parametrize("task", TASKS)
def test_a_prediction_set_can_contain_every_class_or_none(client, task):
    full = predict(client, task, row_of(task), "?error_rate=0.001")["prediction_set"]
    sizes = [
        len(predict(client, task, row, "?error_rate=0.999")["prediction_set"]) for row in random_rows(task)
    ]

    assert len(full) == len(TASKS[task].classes)
    assert min(sizes) == 0


def test_the_default_error_rate_is_one_tenth(client):
    for row in random_rows("iris", 10):
        assert predict(client, "iris", row) == predict(client, "iris", row, "?error_rate=0.1")


def test_the_error_rate_changes_only_the_prediction_set(client):
    low, high = (predict(client, "iris", row_of("iris"), f"?error_rate={e}") for e in (0.001, 0.999))

    assert low.pop("prediction_set") != high.pop("prediction_set")
    assert low == high


@pytest.mark.parametrize("batch", [False, True])
@pytest.mark.parametrize(
    "query",
    [
        "error_rate=0",
        "error_rate=1",
        "error_rate=1.125",
        "error_rate=-0.125",
        "error_rate=nan",
        "error_rate=inf",
        "error_rate=",
        "error_rate=xyzzy",
        "error_rate=0_1",
        "error_rate=0.125&error_rate=0.125",
    ],
)
def test_an_invalid_error_rate_is_refused_and_named(client, query, batch):
    path, body = ("/batch", {"instances": [row_of("iris")]}) if batch else ("", row_of("iris"))

    answer = client.post(f"/predict/iris{path}?{query}", json=body)

    assert answer.status_code == 422
    assert [error["loc"] for error in answer.json()["errors"]] == [["query", "error_rate"]]
    assert "xyzzy" not in answer.text
    assert ".125" not in answer.text

from itertools import pairwise

import numpy as np
import pytest
from fastapi.testclient import TestClient

from app.application import create_app
from app.settings import Settings
from tests.support.artefacts import write_artefact
from tests.support.payloads import TASKS, row_of

ERROR_RATES = (0.001, 0.01, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 0.95, 0.999)


def ask(client, task, row, query=""):
    answer = client.post(f"/predict/{task}{query}", json=row)
    assert answer.status_code == 200
    return answer.json()


def some_rows(task, count=40):
    random = np.random.default_rng(0)
    name = next(c.name for c in TASKS[task].features.columns() if c.kind == "number")
    return [{**row_of(task), name: value} for value in random.uniform(0, 30, count).tolist()]


def told(body):
    """Give each probability of an answer with its interval."""
    if "probability" in body:
        return [(body["probability"], *body["interval"])]
    return [(body["probabilities"][name], *ends) for name, ends in body["interval"].items()]


@pytest.mark.parametrize("task", TASKS)
def test_an_interval_is_a_range_of_probabilities_that_mostly_holds_the_answer(client, task):
    found = np.array([one for row in some_rows(task) for one in told(ask(client, task, row))])

    answer, low, high = found.T
    assert (low >= 0).all()
    assert (low <= high).all()
    assert (high <= 1).all()
    # The answer comes from the mean of logits, which a lone member can pull out of the middle.
    assert ((low <= answer) & (answer <= high)).mean() > 0.8
    assert (high > low).any()


def test_a_model_of_one_member_has_no_spread(tmp_path):
    for name in TASKS:
        write_artefact(tmp_path, TASKS[name], members=1)
    client = TestClient(create_app(Settings(models_dir=tmp_path)))

    for task in TASKS:
        for row in some_rows(task, 10):
            for answer, low, high in told(ask(client, task, row)):
                assert low == high == answer


@pytest.mark.parametrize("task", TASKS)
def test_a_prediction_set_holds_labels_in_the_order_of_the_classes(client, task):
    labels = [0, 1] if TASKS[task].kind == "binary" else list(TASKS[task].classes)

    for row in some_rows(task):
        members = ask(client, task, row)["prediction_set"]

        assert members == [label for label in labels if label in members]


@pytest.mark.parametrize("task", TASKS)
def test_a_prediction_set_only_grows_as_the_error_rate_falls(client, task):
    for row in some_rows(task, 5):
        sets = [set(ask(client, task, row, f"?error_rate={e}")["prediction_set"]) for e in ERROR_RATES]

        assert all(strict >= lax for strict, lax in pairwise(sets))


@pytest.mark.parametrize("task", TASKS)
def test_a_prediction_set_can_be_full_and_can_be_empty(client, task):
    full = ask(client, task, row_of(task), "?error_rate=0.001")["prediction_set"]
    sizes = [len(ask(client, task, row, "?error_rate=0.999")["prediction_set"]) for row in some_rows(task)]

    assert len(full) == len(TASKS[task].classes)
    assert min(sizes) == 0


def test_without_an_error_rate_it_is_one_tenth(client):
    for row in some_rows("iris", 10):
        assert ask(client, "iris", row) == ask(client, "iris", row, "?error_rate=0.1")


def test_the_error_rate_changes_nothing_but_the_set(client):
    one, other = (ask(client, "iris", row_of("iris"), f"?error_rate={e}") for e in (0.001, 0.999))

    assert one.pop("prediction_set") != other.pop("prediction_set")
    assert one == other


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
def test_a_bad_error_rate_is_refused_and_named(client, query, batch):
    path, body = ("/batch", {"instances": [row_of("iris")]}) if batch else ("", row_of("iris"))

    answer = client.post(f"/predict/iris{path}?{query}", json=body)

    assert answer.status_code == 422
    assert [error["loc"] for error in answer.json()["errors"]] == [["query", "error_rate"]]
    assert "xyzzy" not in answer.text
    assert ".125" not in answer.text

import pytest
from fastapi.testclient import TestClient

from app.application import create_app
from app.settings import SettingRefused, Settings
from tests.support.payloads import TASKS, row_of


def predict(client, task="stroke", query="", is_batch=False):
    if is_batch:
        return client.post(f"/predict/{task}/batch{query}", json={"instances": [row_of(task)]})
    return client.post(f"/predict/{task}{query}", json=row_of(task))


@pytest.fixture(scope="module")
def strict_client(models):
    return TestClient(create_app(Settings(models_dir=models, thresholds={"stroke": 0.08, "iris": 1.0})))


@pytest.mark.parametrize("is_batch", [False, True])
def test_each_answer_has_its_threshold_and_the_source_of_it(client, strict_client, is_batch):
    def threshold_of(client, query=""):
        answer = predict(client, query=query, is_batch=is_batch).json()
        return answer["threshold"], answer["threshold_source"]

    assert threshold_of(client) == (0.3, "model")
    assert threshold_of(strict_client) == (0.08, "server")
    assert threshold_of(strict_client, "?threshold=0.25") == (0.25, "request")
    assert threshold_of(strict_client, "?operating_point=half") == (0.5, "request")


def test_the_label_is_1_where_the_threshold_is_at_most_the_probability(client):
    probability = predict(client).json()["probability"]

    equal = predict(client, query=f"?threshold={probability!r}").json()
    below = predict(client, query="?threshold=0").json()
    above = predict(client, query="?threshold=1").json()

    assert (equal["label"], below["label"], above["label"]) == (1, 1, 0)


def test_the_label_is_null_where_no_class_reaches_the_threshold(strict_client):
    answer = predict(strict_client, "iris").json()

    assert answer["label"] is None
    assert answer["threshold_source"] == "server"


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("?threshold=1.125", "threshold"),
        ("?threshold=-0.125", "threshold"),
        ("?threshold=nan", "threshold"),
        ("?threshold=inf", "threshold"),
        ("?threshold=0_1", "threshold"),
        ("?threshold=", "threshold"),
        ("?threshold=xyzzy", "threshold"),
        ("?threshold=0.125&threshold=0.25", "threshold"),
        ("?threshold=0.125&operating_point=half", "operating_point"),
        ("?operating_point=xyzzy", "operating_point"),
        ("?operating_point=", "operating_point"),
        ("?operating_point=half&operating_point=half", "operating_point"),
        ("?treshold=0.125", "treshold"),
        ("?%ff=0.125", "\ufffd"),
    ],
)
@pytest.mark.parametrize("is_batch", [False, True])
def test_an_invalid_query_is_refused_and_its_parameter_named(client, query, name, is_batch):
    answer = predict(client, query=query, is_batch=is_batch)

    assert answer.status_code == 422
    assert [error["loc"] for error in answer.json()["errors"]] == [["query", name]]
    assert "xyzzy" not in answer.text
    assert ".125" not in answer.text


def test_the_answer_for_an_unknown_operating_point_lists_the_known_ones(client):
    answer = predict(client, query="?operating_point=xyzzy")

    assert "default, half" in answer.json()["detail"]


def test_a_query_of_a_thousand_names_is_refused(client):
    query = "?" + "&".join(f"a{i}=1" for i in range(1000))

    answer = predict(client, query=query)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["loc"] == ["query"]


def test_a_server_threshold_for_an_unknown_task_stops_the_start(models):
    with pytest.raises(SettingRefused, match="APP_THRESHOLDS may only name") as refused:
        create_app(Settings(models_dir=models, thresholds={"xyzzy": 0.5}))

    assert all(task in str(refused.value) for task in TASKS)
    assert "xyzzy" not in str(refused.value)

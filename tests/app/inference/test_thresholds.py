import pytest
from fastapi.testclient import TestClient

from app.application import create_app
from app.settings import SettingRefused, Settings
from tests.support.payloads import TASKS, row_of


def ask(client, task="stroke", query="", batch=False):
    if batch:
        return client.post(f"/predict/{task}/batch{query}", json={"instances": [row_of(task)]})
    return client.post(f"/predict/{task}{query}", json=row_of(task))


@pytest.fixture(scope="module")
def strict_client(models):
    return TestClient(create_app(Settings(models_dir=models, thresholds={"stroke": 0.08, "iris": 1.0})))


@pytest.mark.parametrize("batch", [False, True])
def test_each_source_of_a_threshold_is_told(client, strict_client, batch):
    def told(answer):
        return answer.json()["threshold"], answer.json()["threshold_source"]

    assert told(ask(client, batch=batch)) == (0.3, "model")
    assert told(ask(strict_client, batch=batch)) == (0.08, "server")
    assert told(ask(strict_client, query="?threshold=0.25", batch=batch)) == (0.25, "request")
    assert told(ask(strict_client, query="?operating_point=half", batch=batch)) == (0.5, "request")


def test_the_label_is_1_exactly_from_the_probability_on(client):
    probability = ask(client).json()["probability"]

    at = ask(client, query=f"?threshold={probability!r}").json()
    below = ask(client, query="?threshold=0").json()
    above = ask(client, query="?threshold=1").json()

    assert (at["label"], below["label"], above["label"]) == (1, 1, 0)


def test_the_label_is_null_where_no_class_is_likely_enough(strict_client):
    answer = ask(strict_client, "iris").json()

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
@pytest.mark.parametrize("batch", [False, True])
def test_a_bad_choice_of_threshold_is_refused_and_named(client, query, name, batch):
    answer = ask(client, query=query, batch=batch)

    assert answer.status_code == 422
    assert [error["loc"] for error in answer.json()["errors"]] == [["query", name]]
    assert "xyzzy" not in answer.text
    assert ".125" not in answer.text


def test_an_unknown_operating_point_is_answered_with_the_known_ones(client):
    answer = ask(client, query="?operating_point=xyzzy")

    assert "default, half" in answer.json()["detail"]


def test_a_query_of_very_many_names_is_refused(client):
    query = "?" + "&".join(f"a{i}=1" for i in range(1000))

    answer = ask(client, query=query)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["loc"] == ["query"]


def test_a_server_threshold_for_an_unknown_task_stops_the_start(models):
    with pytest.raises(SettingRefused, match="APP_THRESHOLDS may only name") as refused:
        create_app(Settings(models_dir=models, thresholds={"xyzzy": 0.5}))

    assert all(task in str(refused.value) for task in TASKS)
    assert "xyzzy" not in str(refused.value)

import pytest

from tests.support.payloads import TASKS


def test_the_process_is_alive(client):
    answer = client.get("/health/live")

    assert (answer.status_code, answer.json()) == (200, {"status": "alive"})


def test_the_server_is_ready_with_the_version_of_every_model(client):
    answer = client.get("/health/ready")

    assert answer.status_code == 200
    body = answer.json()
    assert (body["status"], body["models"]) == ("ready", dict.fromkeys(TASKS, 1))
    assert not TASKS.keys() & set(body["not_trained"])


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/models", "/openapi.json"])
def test_head_has_the_same_answer_as_get_but_no_body(client, path):
    head, get = client.head(path), client.get(path)

    assert head.status_code == get.status_code == 200
    assert head.content == b""
    assert head.headers["content-length"] == get.headers["content-length"]


def test_health_answers_are_never_cached(client):
    assert client.get("/health/ready").headers["cache-control"] == "no-store"

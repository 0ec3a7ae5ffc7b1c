import asyncio
import json
import re

import pytest
from fastapi.testclient import TestClient

from app.application import create_app
from app.settings import Settings
from tests.support.payloads import TASKS, row_of
from tests.support.problems import assert_problem
from tests.support.requests.raw_post import INSIDE

JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    "path", ["/nothing", "/predict", "/predict/xyzzy", "/predict/iris/", "/models/", "/PREDICT/iris"]
)
def test_an_unknown_path_is_answered_with_404_and_never_redirected(client, path):
    answer = client.post(path, json=row_of("iris"), follow_redirects=False)

    assert_problem(answer, 404)


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH", "TRACE", "XYZZY"])
@pytest.mark.parametrize("path", ["/predict/iris", "/predict/stroke/batch"])
def test_a_prediction_path_allows_only_post(client, method, path):
    answer = client.request(method, path)

    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST"


@pytest.mark.parametrize("path", ["/models", "/models/iris", "/health/live", "/docs"])
def test_every_other_path_allows_only_get_and_head(client, path):
    answer = client.post(path, json={})

    assert_problem(answer, 405)
    assert answer.headers["allow"] == "GET, HEAD"


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "application/json-seq"},
        {"Content-Type": "application/json", "Content-Encoding": "gzip"},
    ],
)
def test_a_body_that_is_not_plain_json_is_answered_with_415(client, task, headers):
    answer = client.post(f"/predict/{task}", content=json.dumps(row_of(task)), headers=headers)

    assert_problem(answer, 415)
    assert "Female" not in answer.text


@pytest.mark.parametrize(
    "content_type", ["application/json", "application/json; charset=utf-8", "Application/JSON"]
)
def test_a_content_type_of_json_may_have_a_charset_and_capitals(client, content_type):
    answer = client.post(
        "/predict/iris", content=json.dumps(row_of("iris")), headers={"Content-Type": content_type}
    )

    assert answer.status_code == 200


def test_a_body_with_a_too_large_content_length_is_refused_before_it_is_read(client):
    def unread_body():
        raise AssertionError("the body was read")
        yield b""

    headers = {**JSON, "Content-Length": "20001"}

    answer = client.post("/predict/iris", content=unread_body(), headers=headers)

    assert_problem(answer, 413)


def test_a_body_of_unknown_length_is_refused_once_it_exceeds_the_limit(client):
    answer = client.post("/predict/iris", content=iter([b" " * 9_000] * 3), headers=JSON)

    assert_problem(answer, 413)
    assert "20000" in answer.json()["detail"]


def test_a_body_of_exactly_the_maximum_length_is_read(client):
    content = json.dumps(row_of("iris")).encode().ljust(20_000)

    assert client.post("/predict/iris", content=content, headers=JSON).status_code == 200
    assert_problem(client.post("/predict/iris", content=content + b" ", headers=JSON), 413)


@pytest.mark.parametrize("request_id", ["abc-1.2_3", "x" * 64])
def test_a_valid_request_id_is_repeated_in_the_answer(client, request_id):
    answer = client.get("/health/live", headers={"X-Request-ID": request_id})

    assert answer.headers["x-request-id"] == request_id


@pytest.mark.parametrize("request_id", ["", "x" * 65, "a b", "a/b", "<script>", "ä".encode()])
def test_an_invalid_request_id_is_replaced(client, request_id):
    answer = client.get("/nothing", headers={"X-Request-ID": request_id})

    assert_problem(answer, 404)
    assert re.fullmatch("[0-9a-f]{12}-[0-9a-f]+", answer.headers["x-request-id"])


def test_every_request_has_a_unique_id(client):
    ids = {client.get("/health/live").headers["x-request-id"] for _ in range(20)}

    assert len(ids) == 20


def test_an_unexpected_error_is_answered_with_500_without_details_and_logged_with_its_position(
    models, caplog
):
    app = create_app(Settings(models_dir=models))

    @app.get("/broken")
    async def broken():
        raise KeyError("secret-value")

    answer = TestClient(app).get("/broken", headers={"X-Request-ID": "find-me"})

    assert_problem(answer, 500)
    assert "find-me" in caplog.text
    assert "KeyError" in caplog.text
    assert "in broken" in caplog.text
    assert "secret-value" not in answer.text
    assert INSIDE.search(answer.content + str(answer.headers).encode()) is None


def test_a_client_that_disconnects_while_it_sends_gets_no_answer(app):
    sent = []
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/predict/iris",
        "query_string": b"",
        "headers": [(b"content-type", b"application/json")],
    }

    async def receive():
        return {"type": "http.disconnect"}

    async def send(message):
        sent.append(message)

    asyncio.run(app(scope, receive, send))

    assert sent == []


@pytest.mark.parametrize("character", ["\x01", "\ud800", "\u2028", "é", "\U0001f600"])
def test_the_answer_to_unknown_names_of_any_characters_has_at_most_8_kilobytes(client, character):
    names = {character * 60 + f"{number:04}": 1 for number in range(21)}

    row = client.post(
        "/predict/iris",
        content=json.dumps(names),
        headers={"Content-Type": "application/json", "X-Request-ID": "x" * 64},
    )
    query = client.post(
        "/predict/iris?" + "&".join(f"%01{'%01' * 59}{number:04}=1" for number in range(20)),
        json=row_of("iris"),
        headers={"X-Request-ID": "x" * 64},
    )

    for answer in (row, query):
        assert_problem(answer, 422)
        assert len(answer.content) <= 8_192


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("path", ["", "/batch"])
def test_ninety_unknown_names_are_counted_and_fifty_thousand_are_refused_at_once(models, task, path):
    client = TestClient(create_app(Settings(models_dir=models)))
    bodies = [{f"n{number}": 0 for number in range(count)} for count in (90, 50_000)]

    many, too_many = (client.post(f"/predict/{task}{path}", json=body).json() for body in bodies)

    assert len(many["errors"]) == 20
    assert "more)" in many["detail"]
    rows = "1000 rows" if path else "1 row"
    assert too_many["detail"] == f"body: There are more keys and texts than {rows} can have"

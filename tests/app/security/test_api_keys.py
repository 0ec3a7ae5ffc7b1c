"""API keys over HTTP: which calls need one, which keys are accepted, and that no key is revealed."""

import logging
from hashlib import sha256

import pytest
from fastapi.testclient import TestClient

from app.application import create_app
from app.settings import Settings
from tests.support.api_keys import line
from tests.support.payloads import TASKS, row_of
from tests.support.problems import assert_problem

KEY = "secret-key-of-alice"
PROTECTED = [
    ("GET", "/models"),
    ("GET", "/models/iris"),
    ("GET", "/models/xyzzy"),
    ("GET", "/models/iris/operating-points?threshold=7"),
    ("GET", "/models/iris/card"),
    ("GET", "/models/iris/figures/calibration.svg"),
    ("HEAD", "/models"),
    *[("POST", f"/predict/{task}") for task in TASKS],
    *[("POST", f"/predict/{task}/batch") for task in TASKS],
]
PUBLIC = ["/", "/health/live", "/health/ready", "/openapi.json", "/docs", "/docs/start.js"]


@pytest.fixture(scope="module")
def protected_app(models, tmp_path_factory):
    path = tmp_path_factory.mktemp("keys") / "keys"
    path.write_text(line("alice", KEY) + line("bob", "secret-key-of-bob"))
    return create_app(Settings(models_dir=models, api_keys_file=path))


@pytest.fixture(scope="module")
def protected(protected_app):
    return TestClient(protected_app)


def assert_refused(answer):
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "ApiKey"
    if answer.request.method != "HEAD":
        assert_problem(answer, 401)


@pytest.mark.parametrize(("method", "path"), PROTECTED)
def test_a_call_without_a_key_is_refused(protected, method, path):
    assert_refused(protected.request(method, path))


def wrong_keys():
    return [
        [],
        [("X-API-Key", "")],
        [("X-API-Key", "secret-key")],
        [("X-API-Key", "alice")],
        [("X-API-Key", KEY.upper())],
        [("X-API-Key", sha256(KEY.encode()).hexdigest())],
        [("X-API-Key", "schlüssel".encode())],
        [("X-API-Key", b"\xff\xfe\x80")],
        [("X-API-Key", "x" * 10_000)],
        [("X-API-Key", KEY), ("X-API-Key", "other")],
        [("X-API-Key", "other"), ("X-API-Key", KEY)],
        [("Authorization", f"Bearer {KEY}")],
        [("Cookie", f"X-API-Key={KEY}")],
    ]


@pytest.mark.parametrize("path", ["/models", "/predict/iris"])
@pytest.mark.parametrize("headers", wrong_keys())
def test_every_wrong_key_is_refused_with_the_same_text(protected, path, headers):
    method = "GET" if path == "/models" else "POST"
    answers = [protected.request(method, path), protected.request(method, path, headers=headers)]

    for answer in answers:
        assert_refused(answer)
    assert answers[0].json()["detail"] == answers[1].json()["detail"]


@pytest.mark.parametrize("key", [KEY, "secret-key-of-bob"])
@pytest.mark.parametrize("task", TASKS)
def test_every_key_is_accepted_by_every_call(protected, client, key, task):
    for method, path, body in (
        ("GET", "/models", None),
        ("HEAD", f"/models/{task}", None),
        ("POST", f"/predict/{task}", row_of(task)),
        ("POST", f"/predict/{task}/batch", {"instances": [row_of(task)]}),
    ):
        answer = protected.request(method, path, json=body, headers={"x-api-KEY": key})

        assert answer.status_code == 200
        assert answer.content == client.request(method, path, json=body).content


@pytest.mark.parametrize("path", PUBLIC)
def test_health_and_documentation_need_no_key(protected, path):
    assert protected.get(path).status_code == 200


def test_unknown_paths_and_methods_need_no_key(protected):
    assert_problem(protected.get("/xyzzy"), 404)
    assert_problem(protected.delete("/models"), 405)


def every_route(router):
    for route in router.routes:
        if hasattr(route, "path"):
            yield route
        else:
            yield from every_route(route.original_router)


def path_of(route):
    return route.path.replace("{task}", "iris").replace("{figure}", "calibration.svg")


def test_every_route_needs_a_key_or_is_listed_as_public(protected, protected_app):
    """A new route must use access control or be added to PUBLIC."""
    responses = [
        protected.request(method, path_of(route), follow_redirects=False)
        for route in every_route(protected_app)
        for method in route.methods
    ]

    answered = {answer.request.url.path for answer in responses if answer.status_code != 401}
    assert {path for path in answered if not path.startswith("/docs/")} == set(PUBLIC) - {"/docs/start.js"}
    assert {path for _, path in PROTECTED if "?" not in path} <= {a.request.url.path for a in responses} | {
        "/models/xyzzy"
    }


def test_a_body_is_not_read_before_the_key(protected):
    def never():
        raise AssertionError("the body was read")
        yield b""

    assert_refused(protected.post("/predict/iris", content=never()))


@pytest.mark.parametrize("path", ["/models", "/predict/iris", "/health/live", "/xyzzy", "/docs"])
@pytest.mark.parametrize(
    "host",
    [
        "x/health/live?",
        "x?",
        "x#",
        "x@y",
        "a\\b",
        "x/health/live#",
        "/",
        "?",
        "#",
        "@",
        "\\",
        "x/docs?",
        "x:1/docs@",
    ],
)
@pytest.mark.parametrize("headers", [{}, {"X-API-Key": KEY}])
def test_no_host_header_avoids_the_check(protected, path, host, headers):
    method = "POST" if path.startswith("/predict") else "GET"
    body = row_of("iris") if method == "POST" else None

    plain = protected.request(method, path, json=body, headers=headers)
    answer = protected.request(method, path, json=body, headers={**headers, "Host": host})

    assert answer.status_code == plain.status_code


@pytest.mark.parametrize(("method", "path"), [("GET", "/models"), ("POST", "/predict/iris")])
def test_the_name_of_the_key_is_added_to_the_scope(protected_app, method, path):
    scopes = []

    async def record_scope(scope, receive, send):
        await protected_app(scope, receive, send)
        scopes.append(scope)

    TestClient(record_scope).request(method, path, json=row_of("iris"), headers={"X-API-Key": KEY})

    assert scopes[0]["key_name"] == "alice"


def test_no_key_is_logged_or_answered(protected, caplog):
    caplog.set_level(logging.DEBUG)
    for key in (KEY, "secret-key-that-is-wrong"):
        for path in ("/models", "/models/xyzzy", "/xyzzy", "/health/ready"):
            answer = protected.get(path, headers={"X-API-Key": key})

            assert "secret-key" not in answer.text + str(answer.headers)
        for body in ({}, row_of("iris")):
            answer = protected.post("/predict/iris", json=body, headers={"X-API-Key": key})

            assert "secret-key" not in answer.text + str(answer.headers)
    assert "secret-key" not in caplog.text


def test_the_openapi_document_requires_a_key_exactly_where_the_server_does(protected):
    document = protected.get("/openapi.json").json()

    scheme = document["components"]["securitySchemes"]["ApiKey"]
    assert (scheme["type"], scheme["in"], scheme["name"]) == ("apiKey", "header", "X-API-Key")
    for path, methods in document["paths"].items():
        for operation in methods.values():
            is_open = path.startswith("/health")
            assert operation.get("security") == (None if is_open else [{"ApiKey": []}])
            assert ("401" in operation["responses"]) == (not is_open)


def test_the_openapi_document_has_no_key_scheme_without_keys(client):
    text = client.get("/openapi.json").text

    assert '"401"' not in text
    assert "securitySchemes" not in text

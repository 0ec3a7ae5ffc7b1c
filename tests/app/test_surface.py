"""All that can be asked of the server, and that none of it changes the server or names what it opens."""

import pytest

from tests.app.http.test_problem_details import assert_problem
from tests.app.security.test_api_keys import every_route
from tests.support.payloads import TASKS

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "OPTIONS", "CONNECT", "XYZZY")
READS = {"GET", "HEAD"}

# Whoever adds one says here what it is good for, and that nothing is opened, fetched or changed by it.
PARAMETERS = {
    ("path", "task"),  # one of the names in its `enum`
    ("query", "threshold"),
    ("query", "operating_point"),  # one of the names in its `enum`
    ("query", "error_rate"),
}


@pytest.fixture(scope="module")
def document(client):
    return client.get("/openapi.json").json()


@pytest.fixture(scope="module")
def paths(app):
    return sorted({route.path.replace("{task}", "iris") for route in every_route(app)})


def test_the_document_lists_every_call_but_itself_and_its_page(document, paths):
    listed = {path.replace("{task}", "iris") for path in document["paths"]}
    beside = {path for path in paths if path == "/openapi.json" or path.startswith("/docs")}

    assert set(paths) == listed | beside
    assert {"/health/live", "/health/ready", "/metrics"} <= listed


@pytest.mark.parametrize("method", METHODS)
def test_every_path_reads_or_predicts_and_refuses_all_other_methods(client, paths, method):
    for path in paths:
        answered = {"POST"} if path.startswith("/predict/") else READS

        answer = client.request(method, path)

        if method in answered:
            assert answer.status_code != 405, path
            continue
        assert answer.status_code == 405, path
        assert set(answer.headers["allow"].split(", ")) == answered
        if method != "HEAD":
            assert_problem(answer, 405)


def test_what_is_documented_reads_or_predicts(document):
    for path, operations in document["paths"].items():
        assert list(operations) == (["post"] if path.startswith("/predict/") else ["get"])


def test_a_call_takes_these_parameters_and_no_other(document):
    found = [
        parameter
        for operations in document["paths"].values()
        for operation in operations.values()
        for parameter in operation.get("parameters", [])
    ]

    assert {(parameter["in"], parameter["name"]) for parameter in found} == PARAMETERS


def test_no_body_holds_free_text(document):
    """A path, an address or the name of a model would be one."""
    bodies = [
        operation["requestBody"]
        for operations in document["paths"].values()
        for operation in operations.values()
        if "requestBody" in operation
    ]
    texts = [found for found in objects_in(document, bodies) if found.get("type") == "string"]

    assert len(bodies) == 2 * len(TASKS)
    assert texts
    assert [text for text in texts if "enum" not in text] == []


def objects_in(document, value):
    """Give every object in a part of the document, and in what that part refers to."""
    if isinstance(value, dict):
        yield value
        name = value.get("$ref", "").removeprefix("#/components/schemas/")
        parts = [*value.values(), *([document["components"]["schemas"][name]] if name else [])]
    else:
        parts = value if isinstance(value, list) else []
    for part in parts:
        yield from objects_in(document, part)

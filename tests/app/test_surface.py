"""Every path, method and parameter of the server: no request changes the server or names a file to open."""

import pytest

from predictor.tasks import find_tasks
from tests.app.security.test_api_keys import every_route
from tests.support.problems import assert_problem

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "OPTIONS", "CONNECT", "XYZZY")
READ_METHODS = {"GET", "HEAD"}

# No parameter may name a file to open, an address to fetch or a state to change. A new one is added here
# with its purpose.
PARAMETERS = {
    ("path", "task"),  # one of the names in its `enum`
    ("path", "figure"),  # one of the names in its `enum`, of a file that the manifest lists
    ("query", "version"),  # the version that the figure must belong to
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


def test_the_openapi_document_lists_every_path_but_its_own_and_docs(document, paths):
    listed = {path.replace("{task}", "iris") for path in document["paths"]}
    unlisted = {path for path in paths if path in {"/", "/openapi.json"} or path.startswith("/docs")}

    assert set(paths) == listed | unlisted
    assert {"/health/live", "/health/ready", "/metrics"} <= listed


@pytest.mark.parametrize("method", METHODS)
def test_every_path_reads_or_predicts_and_refuses_all_other_methods(client, paths, method):
    for path in paths:
        allowed = {"POST"} if path.startswith("/predict/") else READ_METHODS

        answer = client.request(method, path)

        if method in allowed:
            assert answer.status_code != 405, path
            continue
        assert answer.status_code == 405, path
        assert set(answer.headers["allow"].split(", ")) == allowed
        if method != "HEAD":
            assert_problem(answer, 405)


def test_every_documented_operation_reads_or_predicts(document):
    for path, operations in document["paths"].items():
        assert list(operations) == (["post"] if path.startswith("/predict/") else ["get"])


def test_the_operations_have_these_parameters_and_no_others(document):
    found = [
        parameter
        for operations in document["paths"].values()
        for operation in operations.values()
        for parameter in operation.get("parameters", [])
    ]

    assert {(parameter["in"], parameter["name"]) for parameter in found} == PARAMETERS


def test_no_request_body_has_a_field_for_free_text(document):
    """A path, an address or the name of a model would need such a field."""
    bodies = [
        operation["requestBody"]
        for operations in document["paths"].values()
        for operation in operations.values()
        if "requestBody" in operation
    ]
    texts = [found for found in objects_in(document, bodies) if found.get("type") == "string"]

    assert len(bodies) == 2 * len(find_tasks())
    assert texts
    assert [text for text in texts if "enum" not in text] == []


def objects_in(document, value):
    """Give every object in a value of the document, and in the schemas that it refers to."""
    if isinstance(value, dict):
        yield value
        name = value.get("$ref", "").removeprefix("#/components/schemas/")
        children = [*value.values(), *([document["components"]["schemas"][name]] if name else [])]
    else:
        children = value if isinstance(value, list) else []
    for child in children:
        yield from objects_in(document, child)

import re

import pytest
from fastapi.testclient import TestClient

from app.application import create_app
from app.http.response_schemas import batch_model, single_model
from app.settings import Settings
from tests.support.payloads import TASKS, row_of
from tests.support.repository import ROOT

DOCS = ROOT / "docs" / "http.md"
PROBLEM = {"$ref": "#/components/schemas/Problem"}


@pytest.fixture(scope="module")
def document(client):
    return client.get("/openapi.json").json()


def operations(document):
    return {
        (method, path): operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


def body_schema(document, path):
    schema = operations(document)["post", path]["requestBody"]["content"]["application/json"]
    name = schema["schema"]["$ref"].removeprefix("#/components/schemas/")
    return document["components"]["schemas"][name]


def test_the_document_is_openapi_3_1_and_every_operation_has_its_own_id(document):
    ids = [operation["operationId"] for operation in operations(document).values()]

    assert document["openapi"].startswith("3.1")
    assert len(ids) == len(set(ids))


def test_every_reference_resolves_and_every_schema_is_used(document):
    names = set(re.findall(r"'#/components/schemas/([^']+)'", str(document)))

    assert names == set(document["components"]["schemas"])


@pytest.mark.parametrize("task", TASKS)
def test_every_task_has_both_prediction_operations(document, task):
    assert {("post", f"/predict/{task}"), ("post", f"/predict/{task}/batch")} <= set(operations(document))


@pytest.mark.parametrize("task", TASKS)
def test_a_row_is_described_with_units_ranges_and_categories(document, task):
    properties = body_schema(document, f"/predict/{task}")["properties"]

    columns = TASKS[task].features.columns()
    assert list(properties) == [column.name for column in columns]
    for column in columns:
        schema = properties[column.name]
        bounds = schema.get("anyOf", [schema])[0]
        assert schema["description"]
        assert schema.get("x-unit") == column.unit
        assert tuple(bounds.get("enum", ())) == ((0, 1) if column.kind == "flag" else column.categories)
        if column.kind == "number":
            assert (bounds["minimum"], bounds["maximum"]) == (column.minimum, column.maximum)


def parameters(operation):
    return {one["name"]: one["schema"] for one in operation["parameters"]}


@pytest.mark.parametrize("task", TASKS)
def test_the_document_lists_exactly_the_operating_points_of_the_served_model(client, document, task):
    points = client.get(f"/models/{task}/operating-points").json()["operating_points"]

    for path in (f"/predict/{task}", f"/predict/{task}/batch"):
        assert parameters(operations(document)["post", path])["operating_point"]["enum"] == list(points)


def test_a_path_with_a_task_parameter_lists_the_served_models(document):
    paths = [path for method, path in operations(document) if "{task}" in path]

    assert len(paths) == 4
    for path in paths:
        names = parameters(operations(document)["get", path])["task"]["enum"]
        assert names == sorted(names)
        assert set(TASKS) <= set(names)


@pytest.mark.parametrize("task", TASKS)
def test_the_example_of_each_operation_is_a_valid_request(client, document, task):
    for path in (f"/predict/{task}", f"/predict/{task}/batch"):
        content = operations(document)["post", path]["requestBody"]["content"]
        (example,) = content["application/json"]["schema"]["examples"]

        assert client.post(path, json=example).status_code == 200


@pytest.mark.parametrize("task", TASKS)
def test_the_answers_have_exactly_the_documented_fields(client, task):
    answer = client.post(f"/predict/{task}", json=row_of(task))
    batch = client.post(f"/predict/{task}/batch", json={"instances": [row_of(task)]})

    parsed = single_model(TASKS[task]).model_validate_json(answer.content)
    parsed_batch = batch_model(TASKS[task]).model_validate_json(batch.content)
    assert parsed.model_dump(mode="json", by_alias=True) == answer.json()
    assert parsed_batch.model_dump(mode="json", by_alias=True) == batch.json()
    assert list(parsed.model_dump()) == list(answer.json())
    assert list(parsed_batch.model_dump()) == list(batch.json())


def test_the_query_parameters_are_documented_with_their_ranges(document):
    for _, operation in filter(lambda item: item[0][0] == "post", operations(document).items()):
        threshold, point, error_rate = operation["parameters"]

        assert (threshold["name"], point["name"], error_rate["name"]) == (
            "threshold",
            "operating_point",
            "error_rate",
        )
        assert (
            error_rate["schema"].items()
            >= {"exclusiveMinimum": 0, "exclusiveMaximum": 1, "default": 0.1}.items()
        )
        assert threshold["schema"]["anyOf"][0] == {"type": "number", "minimum": 0, "maximum": 1}


def test_every_error_is_documented_as_a_problem(document):
    for (method, _), operation in operations(document).items():
        errors = {status: error for status, error in operation["responses"].items() if status >= "400"}

        for status, error in errors.items():
            content = error["content"]["application/problem+json"]
            assert content["schema"] == PROBLEM
            assert content["example"]["status"] == int(status)
            assert content["example"]["title"] == error["description"]
        if method == "post":
            assert set(errors) == {"413", "415", "422", "500", "503"}


def test_the_schemas_are_folded_in_swagger_ui(client):
    assert "defaultModelsExpandDepth: 0" in client.get("/docs/start.js").text


def test_without_docs_the_document_and_swagger_ui_are_not_served(models):
    client = TestClient(create_app(Settings(models_dir=models, docs=False)))

    for path in ("/docs", "/openapi.json", "/docs/swagger-ui.css"):
        assert client.get(path).status_code == 404
    assert client.post("/predict/iris", json=row_of("iris")).status_code == 200


def test_swagger_ui_loads_nothing_from_other_hosts(client):
    page = client.get("/docs")

    assert page.status_code == 200
    assert "http:" not in page.text
    assert "https:" not in page.text
    assert "//" not in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]


def test_every_file_of_swagger_ui_is_served(client):
    page = client.get("/docs").text

    files = re.findall(r'(?:href|src)="([^"]+)"', page)

    assert len(files) == 4
    for file in files:
        answer = client.get(f"/{file}")
        assert answer.status_code == 200
        assert answer.content


def test_swagger_ui_loads_the_document_of_this_server(client):
    assert 'url: "openapi.json"' in client.get("/docs/start.js").text


def test_swagger_ui_sends_the_document_to_no_external_validator(client):
    assert "validatorUrl: null" in client.get("/docs/start.js").text


def test_every_operation_is_described_in_the_docs(document):
    text = DOCS.read_text()

    for method, path in operations(document):
        generic = re.sub(r"^/predict/\w+", "/predict/{task}", path)
        assert f"`{method.upper()} {generic}`" in text


def test_the_examples_in_the_docs_have_the_documented_status(client):
    calls = re.findall(r"-X POST '?http://127.0.0.1:8000(\S+?)'? .*?-d '(.*?)'", DOCS.read_text(), re.DOTALL)

    headers = {"Content-Type": "application/json"}
    answers = [client.post(path, content=body, headers=headers) for path, body in calls]
    # The last example shows the answer to an invalid row.
    assert [answer.status_code for answer in answers] == [200] * 5 + [422]

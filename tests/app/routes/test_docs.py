"""The start page: it leads to the documentation, or lists the paths."""

import re
from urllib.parse import urljoin

import pytest
from fastapi.testclient import TestClient

from app.application import create_app
from app.settings import Settings


@pytest.fixture(scope="module")
def document(client):
    return client.get("/openapi.json").json()


@pytest.mark.parametrize("prefix", ["", "/svc"])
def test_the_start_page_leads_to_the_documentation_behind_any_prefix(client, prefix):
    answer = client.get("/", follow_redirects=False)

    assert answer.status_code == 307
    assert (
        urljoin(f"http://a.example{prefix}/", answer.headers["location"]) == f"http://a.example{prefix}/docs"
    )
    assert client.get("/").text == client.get("/docs").text


def test_without_docs_the_start_page_lists_the_paths(models, document):
    client = TestClient(create_app(Settings(models_dir=models, docs=False)))

    answer = client.get("/")

    generic = {re.sub(r"^/predict/\w+", "/predict/{task}", path) for path in document["paths"]}
    assert set(answer.json()["paths"]) == generic

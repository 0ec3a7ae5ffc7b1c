import pytest
from fastapi.testclient import TestClient

from app.application import create_app
from app.settings import Settings


def client_for(models, *names: str) -> TestClient:
    return TestClient(create_app(Settings(models_dir=models, allowed_hosts=names)))


@pytest.mark.parametrize(
    ("names", "host"),
    [
        (["api.example.org"], "api.example.org"),
        (["api.example.org"], "API.example.ORG:8443"),
        (["*.example.org"], "a.example.org"),
        (["*.example.org"], "a.b.example.org:80"),
        (["10.0.0.7", "api.example.org"], "10.0.0.7:8000"),
        (["[::1]"], "[::1]:8000"),
        (["*"], "any/thing"),
    ],
)
def test_an_allowed_host_is_answered(models, names, host):
    assert client_for(models, *names).get("/models", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "",
        "example.org",
        "aexample.org",
        "api.example.org.evil.example",
        "evil.example/api.example.org",
        "user@api.example.org",
        "api.example.org/",
        "api.example.org:80:80",
        "api.example.org:x",
        "evil.example#.example.org",
        "evil.example\\.example.org",
        "[::1",
        "*.example.org",
    ],
)
def test_any_other_host_is_answered_with_400_and_not_repeated(models, host):
    answer = client_for(models, "api.example.org", "*.example.org").get("/models", headers={"Host": host})

    problem = answer.json()
    assert answer.status_code == problem["status"] == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["request_id"] == answer.headers["x-request-id"]
    assert problem["title"] == "Bad request"
    assert "evil" not in answer.text


@pytest.mark.parametrize("path", ["/health/live", "/health/ready"])
def test_health_checks_may_use_any_host(models, path):
    answer = client_for(models, "api.example.org").get(path, headers={"Host": "10.1.2.3:8000"})

    assert answer.status_code == 200

"""The manifests give the server minimal privileges, and use its real paths, port and settings."""

import re
from pathlib import Path

import pytest
import yaml
from fastapi.testclient import TestClient

from app.application import create_app
from app.settings import Settings, variable

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
COMPOSE = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text("utf-8"))
DEPLOYMENT, SERVICE = yaml.safe_load_all((ROOT / "deploy" / "kubernetes.yaml").read_text("utf-8"))

POD = DEPLOYMENT["spec"]["template"]["spec"]
(CONTAINER,) = POD["containers"]
PROBES = ("startupProbe", "livenessProbe", "readinessProbe")


def default(field: str):
    return Settings.model_fields[field].default


@pytest.fixture(scope="module")
def client() -> TestClient:
    return TestClient(create_app(Settings(models_dir=ROOT / "models")))


@pytest.mark.parametrize("service", COMPOSE["services"].values(), ids=COMPOSE["services"])
def test_compose_gives_each_service_minimal_privileges(service):
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not service.keys() & {"volumes", "tmpfs", "privileged", "cap_add", "network_mode", "user", "pid"}
    assert all(port.startswith("127.0.0.1:") for port in service["ports"])


@pytest.mark.parametrize("service", COMPOSE["services"].values(), ids=COMPOSE["services"])
def test_compose_waits_longer_than_the_shutdown_of_the_server(service):
    assert int(service["stop_grace_period"].removesuffix("s")) > default("shutdown_seconds")


def test_compose_publishes_the_port_that_the_server_listens_on():
    inside = {
        int(port.rpartition(":")[2]) for service in COMPOSE["services"].values() for port in service["ports"]
    }

    assert inside == {default("port")}


def test_kubernetes_gives_the_container_minimal_privileges():
    assert POD["automountServiceAccountToken"] is False
    assert "volumes" not in POD
    assert CONTAINER["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert POD["securityContext"]["runAsNonRoot"] is True
    assert POD["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert CONTAINER["resources"]["limits"].keys() >= {"memory"}


def test_kubernetes_waits_longer_than_the_shutdown_of_the_server():
    assert POD["terminationGracePeriodSeconds"] > default("shutdown_seconds")


@pytest.mark.parametrize("probe", PROBES)
def test_kubernetes_probes_a_path_that_the_server_answers(client, probe):
    assert client.get(CONTAINER[probe]["httpGet"]["path"]).status_code == 200


def test_kubernetes_does_not_kill_a_pod_that_is_only_not_ready():
    assert CONTAINER["livenessProbe"]["httpGet"]["path"] != CONTAINER["readinessProbe"]["httpGet"]["path"]


def test_kubernetes_routes_to_the_port_that_the_server_listens_on():
    (port,) = CONTAINER["ports"]
    (service_port,) = SERVICE["spec"]["ports"]

    assert port["containerPort"] == default("port")
    assert {service_port["targetPort"], *(CONTAINER[probe]["httpGet"]["port"] for probe in PROBES)} == {
        port["name"]
    }
    assert SERVICE["spec"]["selector"] == DEPLOYMENT["spec"]["template"]["metadata"]["labels"]


def test_the_image_runs_as_the_user_that_kubernetes_names():
    users = re.findall(r"^USER (\d+):(\d+)$", DOCKERFILE, flags=re.MULTILINE)

    named = POD["securityContext"]

    assert users == [(str(named["runAsUser"]), str(named["runAsGroup"]))]
    assert int(users[0][0]) >= 10_000


def test_the_health_check_of_the_image_uses_a_path_that_the_server_answers(client):
    (path,) = re.findall(r"\+ '(/[a-z/]+)'", DOCKERFILE)

    assert client.get(path).status_code == 200


@pytest.mark.parametrize("file", ["Dockerfile", "deploy/compose.yaml", "deploy/kubernetes.yaml"])
def test_every_variable_is_a_setting_of_the_server(file):
    named = set(re.findall(r"\bAPP_[A-Z_]+\b", (ROOT / file).read_text("utf-8")))

    assert named <= {variable(field) for field in Settings.model_fields}

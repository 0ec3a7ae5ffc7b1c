from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.application import create_app
from app.settings import Settings
from tests.support.artefacts import write_artefact
from tests.support.payloads import TASKS
from tests.support.servers.processes import free_port
from tests.support.task_files import write_task


@pytest.fixture(scope="session")
def models(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    for task in TASKS.values():
        write_artefact(folder, task)
    return folder


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture(scope="session")
def app(models) -> FastAPI:
    return create_app(Settings(models_dir=models, max_batch=50, max_body_bytes=20_000))


@pytest.fixture(scope="session")
def client(app) -> TestClient:
    return TestClient(app)


@pytest.fixture
def own_tasks(tmp_path) -> Path:
    """Give a folder with the files of one task, `leavers`."""
    write_task(tmp_path / "mine", "leavers")
    return tmp_path / "mine"


@pytest.fixture
def own_models(tmp_path) -> Path:
    """Give a folder with models of the shipped tasks, which a test may change."""
    for task in TASKS.values():
        write_artefact(tmp_path / "models", task)
    return tmp_path / "models"

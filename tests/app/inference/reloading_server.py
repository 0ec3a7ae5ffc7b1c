"""A server in the test's process that reloads often, and versions that are published to it."""

import shutil

from fastapi.testclient import TestClient

from app.application import create_app
from app.settings import Settings
from tests.support.artefacts import write_artefact
from tests.support.payloads import TASKS, row_of
from tests.support.servers.processes import soon

PATH, ROW = "/predict/iris", row_of("iris")
RELOAD_SECONDS = 0.02


def publish(models, version, task="iris"):
    """Publish a version in one step, as training does."""
    temporary = models.parent / f"temporary {version}"
    folder = write_artefact(temporary, TASKS[task], version=version, seed=version)
    folder.rename(models / task / str(version))


def publish_truncated(models, version):
    """Publish a version of which most of the weights file is missing."""
    folder = write_artefact(models.parent / "truncated", TASKS["iris"], version=version)
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:100])
    folder.rename(models / "iris" / str(version))


def remove(models, version):
    """Remove a published version in one step."""
    (models / "iris" / str(version)).rename(models.parent / "removed")
    shutil.rmtree(models.parent / "removed")
    shutil.rmtree(models.parent / f"temporary {version}", ignore_errors=True)


class ReloadingServer:
    """A server that looks for new versions every RELOAD_SECONDS while its context is open."""

    def __init__(self, models, **settings):
        self._models = models
        settings = {"models_dir": models, "reload_seconds": RELOAD_SECONDS} | settings
        self.client = TestClient(create_app(Settings(**settings)))

    def __enter__(self):
        self.client.__enter__()
        return self

    def __exit__(self, *error):
        self.client.__exit__(*error)

    def predict(self):
        return self.client.post(PATH, json=ROW).json()

    def version(self):
        """Give the version that answers, after a check that readiness reports the same one."""
        version = self.predict()["version"]
        assert self._ready_version("iris") == version
        return version

    def soon_serves(self, version, task="iris"):
        return soon(lambda: self._ready_version(task) == version)

    def still_serves(self, version):
        """Say whether a version still serves after the server has looked at least twice for another one.

        Each pass of the server looks at all tasks, so three reloads of the other task have two complete
        passes between them.
        """
        served = self._ready_version("stroke")
        for number in range(served + 1, served + 4):
            publish(self._models, number, "stroke")
            assert self.soon_serves(number, "stroke")
        return self.version() == version

    def _ready_version(self, task):
        ready = self.client.get("/health/ready")
        assert ready.status_code == 200
        return ready.json()["models"][task]

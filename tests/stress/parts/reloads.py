"""Versions that are published and removed under load."""

import json
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

from fastapi.testclient import TestClient

from app.application import create_app
from app.settings import Settings
from tests.stress.load import Clients, Load, predict_request
from tests.stress.result import Result, compare_maximum
from tests.support.artefacts import write_artefact
from tests.support.payloads import TASKS, row_of
from tests.support.servers.processes import ask, free_port, running, soon

POLL_SECONDS = 0.05
MAX_SECONDS = 1
# At least as wide as the hidden layers of the shipped models.
HIDDEN = (64, 32)
# The end of the path for a prediction, and the number of rows; 0 is a single prediction.
ROWS_BY_PATH = {"": 0, "/batch": 50}


def reload_under_load(profile):
    """Publish a higher version and remove it again, and wait each time until the server has reloaded."""
    with tempfile.TemporaryDirectory() as folder:
        models = ChangingModels(Path(folder))
        expected = models.expected_bodies(1) | models.expected_bodies(2)
        assert len(expected) == 2 * len(ROWS_BY_PATH)
        port = free_port()
        with running(models.folder, port, APP_RELOAD_SECONDS=str(POLL_SECONDS)) as server:
            singles, batches = (
                Clients((predict_request("iris", row_of("iris"), path=path, rows=rows),), 2)
                for path, rows in ROWS_BY_PATH.items()
            )
            with Load(port, singles, batches) as load:
                seconds = [
                    seconds_to_reload(models, port, 1 + number % 2)
                    for number in range(1, profile.reloads + 1)
                ]
            log = server.log()
    return evaluate(profile, load, expected, seconds, log)


class ChangingModels:
    """A folder of models in which version 2 of one task is added and removed by a single rename."""

    def __init__(self, folder):
        self.folder, self._unpublished = folder / "models", folder / "unpublished"
        for task in TASKS.values():
            write_artefact(self.folder, task, hidden=HIDDEN)
        write_artefact(self._unpublished, TASKS["iris"], version=2, seed=2, hidden=HIDDEN)

    def remove(self):
        (self.folder / "iris" / "2").rename(self._unpublished / "iris" / "2")

    def publish(self):
        (self._unpublished / "iris" / "2").rename(self.folder / "iris" / "2")

    @contextmanager
    def _having(self, version):
        if version == 1:
            yield
            return
        self.publish()
        yield
        self.remove()

    def expected_bodies(self, version):
        """Give the response bodies of a server that has only ever served this version."""
        requests = [
            {"instances": [row_of("iris")] * rows} if rows else row_of("iris")
            for rows in ROWS_BY_PATH.values()
        ]
        with self._having(version):
            client = TestClient(create_app(Settings(models_dir=self.folder, versions={"iris": version})))
            return {
                client.post(f"/predict/iris{path}", json=body).content
                for path, body in zip(ROWS_BY_PATH, requests, strict=True)
            }


def seconds_to_reload(models, port, version):
    """Change the highest version; give the seconds until the server serves it."""
    (models.publish if version == 2 else models.remove)()
    started = time.monotonic()
    is_served = soon(lambda: ask(port, "/health/ready")["models"]["iris"] == version, 10 * MAX_SECONDS)
    return time.monotonic() - started if is_served else float("inf")


def evaluate(profile, load, expected, seconds, log):
    messages = [json.loads(line)["message"] for line in log.splitlines()]
    reloads = sum("serves in place of" in message for message in messages)
    mixed = set(load.bodies) - set(map(hash, expected))
    errors = len(load.lost) + load.refused + sum(len(load.seconds[s]) for s in load.seconds if s != 200)
    return [
        Result(
            "reloads under load",
            f"{profile.reloads} reloads, no error, no mix of two versions",
            f"{reloads} reloads, {errors} errors, {len(mixed)} mixed of {load.sent:,} responses",
            reloads == profile.reloads and not errors and not mixed,
        ),
        compare_maximum("time until a new version serves", seconds, MAX_SECONDS),
    ]

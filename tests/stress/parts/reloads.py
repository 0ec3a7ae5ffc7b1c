"""Versions that come and go under load."""

import json
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

from fastapi.testclient import TestClient

from app.application import create_app
from app.settings import Settings
from tests.stress.figure import Figure, longest
from tests.stress.load import Clients, Load, written
from tests.support.artefacts import write_artefact
from tests.support.payloads import TASKS, row_of
from tests.support.servers.processes import ask, free_port, running, soon

POLL_SECONDS = 0.05
MOST_SECONDS = 1
# As wide as one that is shipped, or wider.
HIDDEN = (64, 32)
# How a request for a prediction ends its path, and how many rows it has; 0 where it is one by itself.
SHAPES = {"": 0, "/batch": 50}


def reload_under_load(form):
    """Publish a higher version and remove it again, each time waiting until the change is served."""
    with tempfile.TemporaryDirectory() as folder:
        shelf = Shelf(Path(folder))
        expected = shelf.answers(1) | shelf.answers(2)
        assert len(expected) == 2 * len(SHAPES)
        port = free_port()
        with running(shelf.models, port, APP_RELOAD_SECONDS=str(POLL_SECONDS)) as server:
            singles, batches = (
                Clients((written("iris", row_of("iris"), path=path, rows=rows),), 2)
                for path, rows in SHAPES.items()
            )
            with Load(port, singles, batches) as load:
                seconds = [swap(shelf, port, 1 + number % 2) for number in range(1, form.swaps + 1)]
            logged = server.log()
    return judge(form, load, expected, seconds, logged)


class Shelf:
    """A folder of models in which version 2 of one task can be put and taken away in one step."""

    def __init__(self, folder):
        self.models, self._aside = folder / "models", folder / "aside"
        for task in TASKS.values():
            write_artefact(self.models, task, hidden=HIDDEN)
        write_artefact(self._aside, TASKS["iris"], version=2, seed=2, hidden=HIDDEN)

    def take(self):
        (self.models / "iris" / "2").rename(self._aside / "iris" / "2")

    def put(self):
        (self._aside / "iris" / "2").rename(self.models / "iris" / "2")

    @contextmanager
    def _holding(self, version):
        if version == 1:
            yield
            return
        self.put()
        yield
        self.take()

    def answers(self, version):
        """Give what a server answers that has never had any other version."""
        bodies = [
            {"instances": [row_of("iris")] * rows} if rows else row_of("iris") for rows in SHAPES.values()
        ]
        with self._holding(version):
            client = TestClient(create_app(Settings(models_dir=self.models, versions={"iris": version})))
            return {
                client.post(f"/predict/iris{path}", json=body).content
                for path, body in zip(SHAPES, bodies, strict=True)
            }


def swap(shelf, port, version):
    """Change the version that is to serve; give the seconds until it does."""
    (shelf.put if version == 2 else shelf.take)()
    started = time.monotonic()
    is_served = soon(lambda: ask(port, "/health/ready")["models"]["iris"] == version, 10 * MOST_SECONDS)
    return time.monotonic() - started if is_served else float("inf")


def judge(form, load, expected, seconds, logged):
    lines = [json.loads(line)["message"] for line in logged.splitlines()]
    swaps = sum("serves in place of" in line for line in lines)
    other = set(load.answers) - set(map(hash, expected))
    errors = len(load.lost) + load.refused + sum(len(load.seconds[s]) for s in load.seconds if s != 200)
    return [
        Figure(
            "reloads under load",
            f"{form.swaps}, no error, no mixed answer",
            f"{swaps}, {errors} errors, {len(other)} mixed of {load.sent:,} answers",
            swaps == form.swaps and not errors and not other,
        ),
        longest("a swap", seconds, MOST_SECONDS),
    ]

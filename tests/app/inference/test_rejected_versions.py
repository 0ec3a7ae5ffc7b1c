"""Versions that cannot be served are rejected, and an error while looking for versions stops nothing."""

import asyncio
import os
import resource
import shutil
from contextlib import contextmanager

import pytest

from app.inference.hot_reload import HotReloader
from app.inference.model_loader import ModelLoader
from app.inference.services import Services
from app.inference.version_store import VersionStore
from app.observability.telemetry import Telemetry
from app.settings import Settings
from predictor.artefact.reader import SIGNATURE
from predictor.schema.definitions import Definitions
from tests.support.artefacts import write_artefact
from tests.support.payloads import TASKS
from tests.support.servers.processes import soon
from tests.support.signing_keys import write_keys

TASK = TASKS["iris"]


@pytest.fixture
def folder(tmp_path):
    return write_artefact(tmp_path / "models", TASK)


def loader_for(models, **settings):
    return ModelLoader(Settings(models_dir=models, **settings), label_counts={})


@contextmanager
def no_free_descriptors():
    """Prevent the process from opening files, as in a server with too many connections."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    free = os.dup(0)
    os.close(free)
    resource.setrlimit(resource.RLIMIT_NOFILE, (free, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)


def store_of(loader):
    return VersionStore(loader)


class LoaderWithoutDescriptors:
    """A loader that cannot open any file until `can_open_files` is set."""

    def __init__(self, loader):
        self.attempts, self.can_open_files = 0, False
        self.settings, self._loader = loader.settings, loader

    def load(self, task, folder):
        self.attempts += 1
        if self.can_open_files:
            return self._loader.load(task, folder)
        with no_free_descriptors():
            return self._loader.load(task, folder)


@pytest.mark.parametrize("is_signed", [False, True])
def test_a_version_that_could_not_be_opened_is_loaded_again_and_logged_once(
    folder, tmp_path, caplog, is_signed
):
    signed = {"model_public_key": write_keys(tmp_path).public} if is_signed else {}
    loader = LoaderWithoutDescriptors(loader_for(folder.parents[1], **signed))
    versions = store_of(loader)

    assert versions.load_best(TASK) is None
    assert versions.load_best(TASK) is None
    assert loader.attempts == 2
    loader.can_open_files = True
    service = versions.load_best(TASK)

    assert (service is None) == is_signed
    assert versions.rejections == {"iris": 1 + is_signed}
    assert caplog.text.count("Too many open files") == 1


def test_a_version_is_verified_again_once_the_public_key_exists(folder, tmp_path, caplog):
    key = tmp_path / "key.pub.pem"
    versions = VersionStore(loader_for(folder.parents[1], model_public_key=key))
    assert versions.load_best(TASK) is None
    assert versions.load_best(TASK) is None
    assert caplog.text.count("APP_MODEL_PUBLIC_KEY") == 1

    write_keys(tmp_path)
    assert versions.load_best(TASK) is None

    assert SIGNATURE in caplog.text


class RemovingLoader:
    """A loader that first removes higher versions from the disk."""

    def __init__(self, loader, removed):
        self.settings, self._loader, self._removed = loader.settings, loader, removed

    def load(self, task, folder):
        for removed in self._removed:
            shutil.rmtree(removed, ignore_errors=True)
        return self._loader.load(task, folder)


def test_a_version_that_is_removed_while_it_is_loaded_is_ignored(folder, caplog):
    models = folder.parents[1]
    higher = [write_artefact(models, TASK, version=number) for number in (2, 3)]

    service = store_of(RemovingLoader(loader_for(models), higher)).load_best(TASK)

    assert service is not None
    assert service.predictor.folder == folder
    assert caplog.text == ""


def test_no_version_is_found_where_the_folder_is_missing_or_a_file(tmp_path):
    (tmp_path / "iris").write_text("")

    assert VersionStore(loader_for(tmp_path)).load_best(TASK) is None
    assert VersionStore(loader_for(tmp_path / "none")).load_best(TASK) is None


class FailingTelemetry(Telemetry):
    """Telemetry that raises an error at the first reload."""

    def __init__(self):
        super().__init__()
        self.reloads = []

    def count_reload(self, task, outcome):
        self.reloads.append((task, outcome))
        if len(self.reloads) == 1:
            raise ValueError("xyzzy")


def test_an_unexpected_error_is_logged_in_one_line_and_does_not_stop_the_reloader(folder, tmp_path, caplog):
    loader, telemetry = loader_for(folder.parents[1], reload_seconds=0.01), FailingTelemetry()
    services = Services(Definitions(valid={"iris": TASK}))
    services.serve(loader.load(TASK, folder))
    reloader = HotReloader(services, VersionStore(loader), loader.settings, telemetry)

    async def reload_twice():
        async with reloader.running():
            for version in (2, 3):
                write_artefact(tmp_path / "temporary", TASK, version=version).rename(
                    folder.parent / str(version)
                )
                assert await asyncio.to_thread(soon, lambda: services["iris"].version == version)  # noqa: B023

    asyncio.run(reload_twice())

    assert telemetry.reloads == [("iris", "swapped")] * 2
    (line,) = [record.getMessage() for record in caplog.records if "ValueError" in record.getMessage()]
    assert line.startswith("Looking for new versions of iris failed with ValueError at ")

"""Rejected versions are remembered, and an error while looking for versions ends nothing."""

import asyncio
import os
import resource
import shutil
from contextlib import contextmanager

import pytest

from app.inference.hot_reload import HotReloader
from app.inference.model_loader import ModelLoader
from app.inference.version_store import VersionStore
from app.settings import Settings
from predictor.artefact.reader import SIGNATURE
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
def no_descriptor_left():
    """Leave no descriptor to be opened, as a server with too many connections has none."""
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


def reloader_of(services, loader, telemetry):
    return HotReloader(services, VersionStore(loader), loader.settings, telemetry)


class LoaderWithoutDescriptors:
    """Loads versions, and has no descriptor left to do so until it `has_more`."""

    def __init__(self, loader):
        self.tries, self.has_more, self._loader = 0, False, loader
        self.settings = loader.settings

    def load(self, task, folder):
        self.tries += 1
        if self.has_more:
            return self._loader.load(task, folder)
        with no_descriptor_left():
            return self._loader.load(task, folder)


@pytest.mark.parametrize("is_signed", [False, True])
def test_a_version_that_the_system_could_not_read_is_tried_again_and_logged_once(
    folder, tmp_path, caplog, is_signed
):
    signed = {"model_public_key": write_keys(tmp_path).public} if is_signed else {}
    loader = LoaderWithoutDescriptors(loader_for(folder.parents[1], **signed))
    versions = store_of(loader)

    assert versions.load_best(TASK) is None
    assert versions.load_best(TASK) is None
    assert loader.tries == 2
    loader.has_more = True
    service = versions.load_best(TASK)

    assert (service is None) == is_signed
    assert versions.rejections == {"iris": 1 + is_signed}
    assert caplog.text.count("Too many open files") == 1


def test_a_version_that_waits_for_the_key_is_taken_once_the_key_is_there(folder, tmp_path, caplog):
    key = tmp_path / "key.pub.pem"
    versions = VersionStore(loader_for(folder.parents[1], model_public_key=key))
    assert versions.load_best(TASK) is None
    assert versions.load_best(TASK) is None
    assert caplog.text.count("APP_MODEL_PUBLIC_KEY") == 1

    write_keys(tmp_path)
    assert versions.load_best(TASK) is None

    assert SIGNATURE in caplog.text


class RemovingLoader:
    """Loads a version after the higher versions were removed from the disk."""

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


def test_no_version_is_found_where_there_is_no_folder(tmp_path):
    (tmp_path / "iris").write_text("")

    assert VersionStore(loader_for(tmp_path)).load_best(TASK) is None
    assert VersionStore(loader_for(tmp_path / "none")).load_best(TASK) is None


class FailsOnce:
    """Telemetry that raises an error at the first reload."""

    def __init__(self):
        self.reloads = []

    def count_reload(self, task, outcome):
        self.reloads.append((task, outcome))
        if len(self.reloads) == 1:
            raise ValueError("xyzzy")


def test_an_unexpected_error_is_logged_in_one_line_and_the_reloader_goes_on(folder, tmp_path, caplog):
    loader, telemetry = loader_for(folder.parents[1], reload_seconds=0.01), FailsOnce()
    services = {"iris": loader.load(TASK, folder)}

    async def reload_twice():
        async with reloader_of(services, loader, telemetry).running():
            for version in (2, 3):
                write_artefact(tmp_path / "aside", TASK, version=version).rename(folder.parent / str(version))
                assert await asyncio.to_thread(soon, lambda: services["iris"].version == version)  # noqa: B023

    asyncio.run(reload_twice())

    assert telemetry.reloads == [("iris", "swapped")] * 2
    (line,) = [record.getMessage() for record in caplog.records if "ValueError" in record.getMessage()]
    assert line.startswith("Looking for new versions of iris failed with ValueError at ")

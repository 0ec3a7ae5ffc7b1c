"""What is remembered of a version that was refused, and what becomes of a look that fails."""

import asyncio
import os
import resource
import shutil
from contextlib import contextmanager

import pytest

from app.inference.batching import BatchQueue
from app.inference.hot_reload import HotReloader, VersionStore
from app.inference.model_loader import ModelLoader
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


def opener_of(folder, **settings):
    return ModelLoader(
        Settings(models_dir=folder.parents[1], **settings), BatchQueue(1, 1, 1), label_counts={}
    )


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


class OpenerWithoutDescriptors:
    """Opens versions, and has no descriptor left to do so until it `has_more`."""

    def __init__(self, loader):
        self.tries, self.has_more, self._loader = 0, False, loader

    def __call__(self, task, folder):
        self.tries += 1
        if self.has_more:
            return self._loader.open(task, folder)
        with no_descriptor_left():
            return self._loader.open(task, folder)


@pytest.mark.parametrize("is_signed", [False, True])
def test_a_version_that_the_system_could_not_read_is_tried_again_and_told_of_once(
    folder, tmp_path, caplog, is_signed
):
    signed = {"model_public_key": write_keys(tmp_path).public} if is_signed else {}
    open_folder = OpenerWithoutDescriptors(opener_of(folder, **signed))
    versions = VersionStore(folder.parents[1], open_folder)

    assert versions.load_best(TASK) is None
    assert versions.load_best(TASK) is None
    assert open_folder.tries == 2
    open_folder.has_more = True
    service = versions.load_best(TASK)

    assert (service is None) == is_signed
    assert versions.rejections == {"iris": 1 + is_signed}
    assert caplog.text.count("Too many open files") == 1


def test_a_version_that_waits_for_the_key_is_taken_once_the_key_is_there(folder, tmp_path, caplog):
    key = tmp_path / "key.pub.pem"
    versions = VersionStore(folder.parents[1], opener_of(folder, model_public_key=key).open)
    assert versions.load_best(TASK) is None
    assert versions.load_best(TASK) is None
    assert caplog.text.count("APP_MODEL_PUBLIC_KEY") == 1

    write_keys(tmp_path)
    assert versions.load_best(TASK) is None

    assert SIGNATURE in caplog.text


def test_a_version_that_is_removed_while_it_is_looked_at_is_passed_over(folder, caplog):
    second, third = (write_artefact(folder.parents[1], TASK, version=number) for number in (2, 3))
    loader = opener_of(folder)

    def open_late(task, wanted):
        for removed in (second, third):
            shutil.rmtree(removed, ignore_errors=True)
        return loader.open(task, wanted)

    service = VersionStore(folder.parents[1], open_late).load_best(TASK)

    assert service is not None
    assert service.predictor.folder == folder
    assert caplog.text == ""


def test_no_version_is_found_where_there_is_no_folder(tmp_path):
    (tmp_path / "iris").write_text("")

    assert VersionStore(tmp_path, opener_of(tmp_path / "iris" / "1").open).load_best(TASK) is None
    assert VersionStore(tmp_path / "none", opener_of(tmp_path / "iris" / "1").open).load_best(TASK) is None


class Forgetful:
    """Hears of swaps, and of the first makes a mistake."""

    def __init__(self):
        self.heard = []

    def __call__(self, task, outcome):
        self.heard.append((task, outcome))
        if len(self.heard) == 1:
            raise ValueError("xyzzy")


def test_a_mistake_is_logged_in_one_line_and_the_watch_goes_on(folder, tmp_path, caplog):
    loader, observer = opener_of(folder, reload_seconds=0.01), Forgetful()
    services = {"iris": loader.open(TASK, folder)}
    versions = VersionStore(folder.parents[1], loader.open)

    async def watch():
        async with HotReloader(services, versions, loader.settings, observer).watching():
            for version in (2, 3):
                write_artefact(tmp_path / "aside", TASK, version=version).rename(folder.parent / str(version))
                assert await asyncio.to_thread(soon, lambda: services["iris"].model == ("iris", version))  # noqa: B023

    asyncio.run(watch())

    assert observer.heard == [("iris", "swapped")] * 2
    (line,) = [record.getMessage() for record in caplog.records if "ValueError" in record.getMessage()]
    assert line.startswith("Looking for new versions of iris failed with ValueError at ")
    assert line.endswith("in __call__.")
    assert "xyzzy" not in caplog.text

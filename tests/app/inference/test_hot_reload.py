import os
import shutil
import time
from contextlib import contextmanager

import pytest
from fastapi.testclient import TestClient

from app.application import create_app
from app.settings import SettingRefused, Settings
from tests.support import artefacts
from tests.support.artefacts import write_artefact
from tests.support.payloads import TASKS, row_of
from tests.support.servers.load import Load
from tests.support.servers.processes import ask, command, end, run_to_its_end, running, soon

PATH, ROW = "/predict/iris", row_of("iris")
OFTEN_SECONDS = 0.02


@pytest.fixture
def own_models(tmp_path):
    for task in TASKS.values():
        write_artefact(tmp_path / "models", task)
    return tmp_path / "models"


def publish(models, version, task="iris"):
    """Put a version in its place in one step, as training does."""
    aside = models.parent / f"aside {version}"
    folder = write_artefact(aside, TASKS[task], version=version, seed=version)
    folder.rename(models / task / str(version))


def remove(models, version):
    (models / "iris" / str(version)).rename(models.parent / "removed")
    shutil.rmtree(models.parent / "removed")
    shutil.rmtree(models.parent / f"aside {version}", ignore_errors=True)


def answer_of(models, version):
    """Give what a server answers that has never had any other version."""
    app = create_app(Settings(models_dir=models, versions={"iris": version}))
    return TestClient(app).post(PATH, json=ROW).content


def serves(port, version):
    return soon(lambda: ask(port, "/health/ready")["models"]["iris"] == version)


def test_twenty_reloads_under_load_make_no_error_and_no_mixed_answer(own_models, port):
    publish(own_models, 2)
    expected = {answer_of(own_models, 1), answer_of(own_models, 2)}
    remove(own_models, 2)

    with running(own_models, port, APP_RELOAD_SECONDS="0.05") as process:
        with Load(port, PATH, ROW, threads=3) as load:
            for _ in range(10):
                publish(own_models, 2)
                assert serves(port, 2)
                remove(own_models, 2)
                assert serves(port, 1)
        status, log, _ = end(process)

    assert load.lost == []
    assert load.refused == 0
    assert set(load.statuses) == {200}
    assert set(load.bodies) == expected
    assert log.count("serves in place of") == 20
    assert (status, "Traceback" in log) == (0, False)


class Served:
    """A server in this process, that looks for other versions very often."""

    def __init__(self, models, **settings):
        self.models = models
        settings = {"models_dir": models, "reload_seconds": OFTEN_SECONDS} | settings
        self.client = TestClient(create_app(Settings(**settings)))

    def version(self):
        """Give the version that answers; it is the one that readiness tells."""
        answered = self.client.post(PATH, json=ROW).json()["version"]
        ready = self.client.get("/health/ready")
        assert ready.status_code == 200
        assert ready.json()["models"]["iris"] == answered
        return answered

    def soon_serves(self, version, task="iris"):
        return soon(lambda: self.client.get("/health/ready").json()["models"][task] == version)

    def still_serves(self, version):
        """Say whether a version serves after it has surely looked twice for another one.

        Each look goes through all tasks: three that took up something of another task had two between.
        """
        served = self.client.get("/health/ready").json()["models"]["stroke"]
        for number in range(served + 1, served + 4):
            publish(self.models, number, "stroke")
            assert self.soon_serves(number, "stroke")
        return self.version() == version


@contextmanager
def served(models, **settings):
    server = Served(models, **settings)
    with server.client:
        yield server


def test_a_bad_version_leaves_the_old_one_serving_and_is_logged_once(own_models, caplog):
    with served(own_models) as server:
        (own_models / "iris" / "2").mkdir()
        publish_cut(own_models, 3)

        assert server.still_serves(1)

    lines = [record for record in caplog.records if "rejected" in record.message]
    assert len(lines) == 2
    assert {record.levelname for record in lines} == {"ERROR"}
    assert all(str(own_models / "iris" / version) in caplog.text for version in ("2", "3"))
    assert "Traceback" not in caplog.text


def publish_cut(models, version):
    folder = write_artefact(models.parent / "cut", TASKS["iris"], version=version)
    arrays = folder / "model.safetensors"
    arrays.write_bytes(arrays.read_bytes()[:100])
    folder.rename(models / "iris" / str(version))


def test_a_bad_version_is_tried_again_once_it_has_changed(own_models):
    with served(own_models) as server:
        (own_models / "iris" / "2").mkdir()
        assert server.still_serves(1)
        whole = write_artefact(own_models.parent / "whole", TASKS["iris"], version=2)

        shutil.copytree(whole, own_models / "iris" / "2", dirs_exist_ok=True)

        assert server.soon_serves(2)


def test_where_the_served_version_is_removed_the_highest_good_one_serves(own_models):
    publish(own_models, 2)
    with served(own_models) as server:
        assert server.version() == 2
        (own_models / "iris" / "3").mkdir()

        remove(own_models, 2)

        assert server.soon_serves(1)


def test_where_every_version_is_removed_the_last_one_serves_on(own_models, caplog):
    with served(own_models) as server:
        shutil.rmtree(own_models / "iris")

        assert server.still_serves(1)
    assert "Traceback" not in caplog.text


def test_a_folder_that_cannot_be_read_leaves_the_old_one_serving_and_is_logged_once(own_models, caplog):
    with served(own_models) as server:
        (own_models / "iris").chmod(0)
        may_read_all = os.access(own_models / "iris", os.R_OK)
        serves_on = server.still_serves(1)
        (own_models / "iris").chmod(0o700)

    if may_read_all:
        pytest.skip("root may read every folder")
    assert serves_on
    assert caplog.text.count("Cannot look for new versions of iris") == 1
    assert "Traceback" not in caplog.text


def test_a_version_whose_files_change_under_its_number_is_not_read_again(own_models):
    with served(own_models) as server:
        before = server.client.post(PATH, json=ROW).json()
        shutil.rmtree(own_models / "iris" / "1")
        write_artefact(own_models, TASKS["iris"], seed=7)

        assert server.still_serves(1)
        assert server.client.post(PATH, json=ROW).json() == before


def test_a_new_version_is_served_by_the_settings_of_its_task(own_models):
    with served(own_models, thresholds={"iris": 0.999}) as server:
        publish(own_models, 2)

        assert server.soon_serves(2)
        answer = server.client.post(PATH, json=ROW).json()
        assert (answer["threshold"], answer["threshold_source"]) == (0.999, "server")


def test_the_document_names_the_points_of_the_version_that_serves(own_models, monkeypatch):
    def points():
        operation = server.client.get("/openapi.json").json()["paths"][PATH]["post"]
        (schema,) = [one["schema"] for one in operation["parameters"] if one["name"] == "operating_point"]
        return schema["enum"]

    with served(own_models) as server:
        before = points()
        monkeypatch.setattr(artefacts, "make_thresholds", thresholds_with_another_point)
        publish(own_models, 2)

        assert server.soon_serves(2)
        assert points() == [*before, "another"]


def thresholds_with_another_point(task, make=artefacts.make_thresholds):
    thresholds = make(task)
    another = thresholds.operating_points["half"]
    return thresholds.model_copy(
        update={"operating_points": thresholds.operating_points | {"another": another}}
    )


def test_without_the_setting_no_version_is_ever_looked_for(own_models):
    with served(own_models, reload_seconds=0) as server:
        publish(own_models, 2)
        time.sleep(0.3)

        assert server.version() == 1


def test_a_pinned_version_serves_whatever_else_there_is(own_models):
    publish(own_models, 2)
    with served(own_models, versions={"iris": 1}) as server:
        publish(own_models, 3)

        assert server.still_serves(1)


def test_a_pinned_version_that_is_missing_ends_the_start_with_status_3_and_one_line(own_models):
    ended = run_to_its_end(command(), own_models, APP_VERSIONS='{"iris": 7}')

    assert ended.returncode == 3
    assert ended.stderr.count("\n") == 1
    assert ended.stderr.startswith("APP_VERSIONS: there is no version 7 ")
    assert "there are: 1" in ended.stderr


def test_only_a_task_that_there_is_can_be_pinned(own_models):
    with pytest.raises(SettingRefused, match="APP_VERSIONS may only name tasks among: "):
        create_app(Settings(models_dir=own_models, versions={"xyzzy": 1}))

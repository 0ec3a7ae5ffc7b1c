import os
import shutil
import time

import pytest
from fastapi.testclient import TestClient

from app.application import create_app
from app.settings import SettingRefused, Settings
from tests.app.inference.reloading_server import (
    PATH,
    ROW,
    ReloadingServer,
    publish,
    publish_truncated,
    remove,
)
from tests.support import artefacts
from tests.support.artefacts import write_artefact
from tests.support.payloads import TASKS
from tests.support.servers.load import Load
from tests.support.servers.processes import ask, command, end, run_to_its_end, running, soon


@pytest.fixture
def own_models(tmp_path):
    for task in TASKS.values():
        write_artefact(tmp_path / "models", task)
    return tmp_path / "models"


def answer_of(models, version):
    """Give the answer of a server that has only ever served this version."""
    app = create_app(Settings(models_dir=models, versions={"iris": version}))
    return TestClient(app).post(PATH, json=ROW).content


def soon_serves(port, version):
    return soon(lambda: ask(port, "/health/ready")["models"]["iris"] == version)


def test_twenty_reloads_under_load_cause_no_errors_and_no_mixed_answers(own_models, port):
    publish(own_models, 2)
    expected = {answer_of(own_models, 1), answer_of(own_models, 2)}
    remove(own_models, 2)

    with running(own_models, port, APP_RELOAD_SECONDS="0.05") as process:
        with Load(port, PATH, ROW, threads=3) as load:
            for _ in range(10):
                publish(own_models, 2)
                assert soon_serves(port, 2)
                remove(own_models, 2)
                assert soon_serves(port, 1)
        status, log, _ = end(process)

    assert load.lost == []
    assert load.refused == 0
    assert set(load.statuses) == {200}
    assert set(load.bodies) == expected
    assert log.count("serves in place of") == 20
    assert (status, "Traceback" in log) == (0, False)


def test_an_invalid_version_is_logged_once_and_the_old_one_still_serves(own_models, caplog):
    with ReloadingServer(own_models) as server:
        (own_models / "iris" / "2").mkdir()
        publish_truncated(own_models, 3)

        assert server.still_serves(1)

    lines = [record for record in caplog.records if "rejected" in record.message]
    assert len(lines) == 2
    assert {record.levelname for record in lines} == {"ERROR"}
    assert all(str(own_models / "iris" / version) in caplog.text for version in ("2", "3"))
    assert "Traceback" not in caplog.text


def test_an_invalid_version_is_loaded_again_once_its_files_have_changed(own_models):
    with ReloadingServer(own_models) as server:
        (own_models / "iris" / "2").mkdir()
        assert server.still_serves(1)
        valid = write_artefact(own_models.parent / "valid", TASKS["iris"], version=2)

        shutil.copytree(valid, own_models / "iris" / "2", dirs_exist_ok=True)

        assert server.soon_serves(2)


def test_the_highest_valid_version_serves_after_the_served_one_is_removed(own_models):
    publish(own_models, 2)
    with ReloadingServer(own_models) as server:
        assert server.version() == 2
        (own_models / "iris" / "3").mkdir()

        remove(own_models, 2)

        assert server.soon_serves(1)


def test_the_served_version_still_serves_after_every_version_is_removed(own_models, caplog):
    with ReloadingServer(own_models) as server:
        shutil.rmtree(own_models / "iris")

        assert server.still_serves(1)
    assert "Traceback" not in caplog.text


def test_an_unreadable_folder_is_logged_once_and_the_old_version_still_serves(own_models, caplog):
    with ReloadingServer(own_models) as server:
        (own_models / "iris").chmod(0)
        is_root = os.access(own_models / "iris", os.R_OK)
        still_serves = server.still_serves(1)
        (own_models / "iris").chmod(0o700)

    if is_root:
        pytest.skip("root may read every folder")
    assert still_serves
    assert caplog.text.count("Cannot look for new versions of iris") == 1
    assert "Traceback" not in caplog.text


def test_a_served_version_is_not_loaded_again_when_its_files_change(own_models):
    with ReloadingServer(own_models) as server:
        before = server.predict()
        shutil.rmtree(own_models / "iris" / "1")
        write_artefact(own_models, TASKS["iris"], seed=7)

        assert server.still_serves(1)
        assert server.predict() == before


def test_a_new_version_is_served_with_the_settings_of_its_task(own_models):
    with ReloadingServer(own_models, thresholds={"iris": 0.999}) as server:
        publish(own_models, 2)

        assert server.soon_serves(2)
        answer = server.predict()
        assert (answer["threshold"], answer["threshold_source"]) == (0.999, "server")


def test_the_openapi_document_lists_the_operating_points_of_the_served_version(own_models, monkeypatch):
    def operating_points():
        operation = server.client.get("/openapi.json").json()["paths"][PATH]["post"]
        (schema,) = [one["schema"] for one in operation["parameters"] if one["name"] == "operating_point"]
        return schema["enum"]

    with ReloadingServer(own_models) as server:
        before = operating_points()
        monkeypatch.setattr(artefacts, "make_thresholds", thresholds_with_one_more_point)
        publish(own_models, 2)

        assert server.soon_serves(2)
        assert operating_points() == [*before, "another"]


def thresholds_with_one_more_point(task, make=artefacts.make_thresholds):
    thresholds = make(task)
    points = thresholds.operating_points | {"another": thresholds.operating_points["half"]}
    return thresholds.model_copy(update={"operating_points": points})


def test_new_versions_are_not_loaded_where_reloading_is_off(own_models):
    with ReloadingServer(own_models, reload_seconds=0) as server:
        publish(own_models, 2)
        time.sleep(0.3)

        assert server.version() == 1


def test_a_pinned_version_serves_although_higher_versions_exist(own_models):
    publish(own_models, 2)
    with ReloadingServer(own_models, versions={"iris": 1}) as server:
        publish(own_models, 3)

        assert server.still_serves(1)


def test_a_missing_pinned_version_stops_the_start_with_status_3_and_one_line(own_models):
    ended = run_to_its_end(command(), own_models, APP_VERSIONS='{"iris": 7}')

    assert ended.returncode == 3
    assert ended.stderr.count("\n") == 1
    assert ended.stderr.startswith("APP_VERSIONS: there is no version 7 ")
    assert "there are: 1" in ended.stderr


def test_a_pinned_version_of_an_unknown_task_stops_the_start(own_models):
    with pytest.raises(SettingRefused, match="APP_VERSIONS may only name tasks among: "):
        create_app(Settings(models_dir=own_models, versions={"xyzzy": 1}))

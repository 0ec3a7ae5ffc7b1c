import json
import shutil
import time

import pytest
from fastapi.testclient import TestClient

from app.application import create_app
from app.settings import SettingRefused, Settings
from tests.artefacts import write_artefact
from tests.payloads import TASKS, row_of
from tests.processes import Load, ask, command, end, run_to_its_end, running, soon

PATH, ROW = "/predict/iris", row_of("iris")
OFTEN = {"APP_RELOAD_SECONDS": "0.05"}
SEVERAL_LOOKS_SECONDS = 0.5


@pytest.fixture
def own_models(tmp_path):
    for task in TASKS.values():
        write_artefact(tmp_path / "models", task)
    return tmp_path / "models"


def publish(models, version, **differences):
    """Put a version in its place in one step, as training does."""
    aside = models.parent / f"aside {version}"
    folder = write_artefact(aside, TASKS["iris"], version=version, seed=version, **differences)
    folder.rename(models / "iris" / str(version))


def remove(models, version):
    (models / "iris" / str(version)).rename(models.parent / "removed")
    shutil.rmtree(models.parent / "removed")
    shutil.rmtree(models.parent / f"aside {version}", ignore_errors=True)


def serves(port, version):
    return soon(lambda: ask(port, "/health/ready")["models"]["iris"] == version, 5)


def answer_of(models, version):
    """Give what a server answers that has never had any other version."""
    app = create_app(Settings(models_dir=models, versions={"iris": version}))
    return TestClient(app).post(PATH, json=ROW).content


def test_twenty_reloads_under_load_make_no_error_and_no_mixed_answer(own_models, port):
    publish(own_models, 2)
    expected = {answer_of(own_models, 1), answer_of(own_models, 2)}
    remove(own_models, 2)

    with running(own_models, port, **OFTEN) as process:
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


def test_a_bad_version_leaves_the_old_one_serving_and_is_logged_once(own_models, port):
    with running(own_models, port, **OFTEN) as process:
        (own_models / "iris" / "2").mkdir()
        publish(own_models, 3)
        cut(own_models / "iris" / "3" / "model.safetensors")
        assert serves(port, 1)
        time.sleep(SEVERAL_LOOKS_SECONDS)

        assert ask(port, "/health/ready")["models"]["iris"] == 1
        assert ask(port, PATH, ROW)["version"] == 1
        _, log, _ = end(process)

    lines = [line for line in log.splitlines() if "refused" in line]
    assert len(lines) == 2
    assert all(str(own_models / "iris" / version) in log for version in ("2", "3"))
    assert "Traceback" not in log


def cut(path):
    path.write_bytes(path.read_bytes()[:100])


def test_a_bad_version_is_tried_again_once_it_has_changed(own_models, port):
    with running(own_models, port, **OFTEN):
        (own_models / "iris" / "2").mkdir()
        time.sleep(SEVERAL_LOOKS_SECONDS)
        write_artefact(own_models.parent / "whole", TASKS["iris"], version=2)

        shutil.copytree(own_models.parent / "whole/iris/2", own_models / "iris/2", dirs_exist_ok=True)

        assert serves(port, 2)


def test_where_the_served_version_is_removed_the_highest_good_one_serves(own_models, port):
    publish(own_models, 2)
    with running(own_models, port, **OFTEN):
        assert serves(port, 2)
        (own_models / "iris" / "3").mkdir()

        remove(own_models, 2)

        assert serves(port, 1)


def test_where_every_version_is_removed_the_last_one_serves_on(own_models, port):
    with running(own_models, port, **OFTEN) as process:
        shutil.rmtree(own_models / "iris")
        time.sleep(SEVERAL_LOOKS_SECONDS)

        assert ask(port, PATH, ROW)["version"] == 1
        status, log, _ = end(process)
    assert (status, "Traceback" in log) == (0, False)


def test_a_version_whose_files_change_under_its_number_is_not_read_again(own_models, port):
    before = answer_of(own_models, 1)
    with running(own_models, port, **OFTEN):
        shutil.rmtree(own_models / "iris" / "1")
        write_artefact(own_models, TASKS["iris"], seed=7)
        time.sleep(SEVERAL_LOOKS_SECONDS)

        assert ask(port, PATH, ROW) == json.loads(before)


def test_without_the_setting_no_version_is_ever_looked_for(own_models, port):
    with running(own_models, port):
        publish(own_models, 2)
        time.sleep(SEVERAL_LOOKS_SECONDS)

        assert ask(port, PATH, ROW)["version"] == 1


def test_a_pinned_version_serves_whatever_else_there_is(own_models, port):
    publish(own_models, 2)
    with running(own_models, port, **OFTEN, APP_VERSIONS='{"iris": 1}'):
        publish(own_models, 3)
        time.sleep(SEVERAL_LOOKS_SECONDS)

        assert ask(port, PATH, ROW)["version"] == 1


def test_a_pinned_version_that_is_missing_ends_the_start_with_status_3_and_one_line(own_models):
    ended = run_to_its_end(command(), own_models, APP_VERSIONS='{"iris": 7}')

    assert ended.returncode == 3
    assert ended.stderr.count("\n") == 1
    assert ended.stderr.startswith("APP_VERSIONS: there is no version 7 ")
    assert "there are: 1" in ended.stderr


def test_only_a_task_that_there_is_can_be_pinned(own_models):
    with pytest.raises(SettingRefused, match="APP_VERSIONS may only name tasks among: "):
        create_app(Settings(models_dir=own_models, versions={"xyzzy": 1}))

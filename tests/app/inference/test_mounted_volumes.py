"""Models in volumes as Kubernetes mounts them, and in a folder whose name is not UTF-8."""

import json
import os
import shutil

import pytest

from app.inference.version_store import describe_files
from predictor.artefact.reader import MANIFEST
from tests.app.inference.reloading_server import ReloadingServer
from tests.support.artefacts import write_artefact
from tests.support.files.volumes import mount
from tests.support.payloads import TASKS
from tests.support.servers.processes import ask, end, run_to_its_end, running, soon
from tests.support.servers.processes import command as server_command


@pytest.fixture
def content(tmp_path):
    for task in TASKS.values():
        write_artefact(tmp_path / "content", task)
    return tmp_path / "content"


@pytest.fixture
def volume(tmp_path, content):
    mount(content, tmp_path / "volume", "2026_11_25")
    return tmp_path / "volume"


def test_a_version_of_an_updated_volume_is_served(volume, content):
    with ReloadingServer(volume) as server:
        assert server.version() == 1
        write_artefact(content, TASKS["iris"], version=2)

        mount(content, volume, "2026_11_26")

        assert server.soon_serves(2)


def test_a_rejected_version_of_a_volume_is_tried_again_after_the_update_that_repairs_it(
    volume, content, caplog
):
    folder = write_artefact(content, TASKS["iris"], version=2)
    intact = (folder / MANIFEST).read_bytes()
    (folder / MANIFEST).write_bytes(intact[:-100])
    with ReloadingServer(volume) as server:
        mount(content, volume, "2026_11_26")
        assert soon(lambda: "A new version is rejected" in caplog.text)
        (folder / MANIFEST).write_bytes(intact)

        mount(content, volume, "2026_11_27")

        assert server.soon_serves(2)
    assert caplog.text.count("A new version is rejected") == 1


def test_an_update_of_the_volume_of_one_version_changes_the_description_of_its_files(tmp_path, content):
    volume = tmp_path / "1"
    mount(content / "iris" / "1", volume, "2026_11_25")
    before = describe_files(volume)
    assert describe_files(volume) == before

    mount(content / "iris" / "1", volume, "2026_11_26")

    assert describe_files(volume) != before


def test_a_version_behind_a_link_that_leads_out_is_one_line_at_the_start(volume, content):
    (volume / "iris").unlink()
    (volume / "iris").symlink_to(content / "iris")

    ended = run_to_its_end(server_command(), volume)

    assert ended.returncode == 3
    assert ended.stderr.count("\n") == 1
    assert f"is behind a link that leads out of {volume}" in ended.stderr


def test_a_rejection_in_a_folder_whose_name_is_not_utf_8_is_one_line_of_json(content, port):
    models = content.rename(content.with_name(os.fsdecode(b"m\xff")))
    with running(models, port, APP_RELOAD_SECONDS="0.1") as server:
        shutil.copytree(models / "iris" / "1", models / "iris" / "2")
        assert soon(lambda: "A new version is rejected" in server.log())
        assert ask(port, "/health/ready")["models"]["iris"] == 1
        assert ask(port, "/models")
        _, log, _ = end(server)

    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    (rejection,) = [line["message"] for line in lines if "rejected" in line["message"]]
    assert r"/m\udcff/iris/2 is broken" in rejection
    assert "Traceback" not in log


def test_a_folder_without_models_whose_name_is_not_utf_8_is_one_line_at_the_start(tmp_path):
    models = tmp_path / os.fsdecode(b"m\xff")

    ended = run_to_its_end(server_command(), models, APP_REQUIRE_MODELS="on")

    assert ended.returncode == 3
    assert ended.stderr.count("\n") == 1
    assert r"m\udcff" in ended.stderr

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from tests.artefacts import write_artefact
from tests.payloads import TASKS, row_of
from tests.processes import (
    Load,
    Stalled,
    ask,
    command,
    end,
    find_processes,
    find_workers,
    running,
    running_command,
    soon,
)

PATH, ROW = "/predict/iris", row_of("iris")
UVICORN = [sys.executable, "-m", "uvicorn", "app.main:app"]

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are found in /proc")


def kill_a_worker(process):
    """Kill a worker; say whether two are there again within ten seconds, the other and a new one."""
    before = find_workers(process)
    os.kill(before[0], signal.SIGKILL)
    return soon(lambda: len(set(find_workers(process)) - {before[0]}) == 2, 10)


def test_a_killed_worker_is_replaced_under_load(models, port):
    with running(models, port, "--workers", 2) as process:
        assert soon(lambda: len(find_workers(process)) == 2, 5)
        with Load(port, PATH, ROW) as load:
            time.sleep(0.5)

            assert kill_a_worker(process)

            answered = len(load.statuses)
            assert soon(lambda: len(load.statuses) > answered + 100, 10)
        status, log, _ = end(process)

    # What the killed worker had taken in is gone with it: at most one request of each thread.
    assert len(load.lost) <= 4
    assert set(load.statuses) == {200}
    assert status == 0
    assert "Traceback" not in log


@pytest.mark.parametrize("program", [command(), UVICORN], ids=["app", "uvicorn"])
def test_no_worker_outlives_a_killed_parent(models, port, program):
    arguments = [*program, "--port", str(port), "--workers", "2"]
    with running_command(arguments, models, port) as process:
        assert soon(lambda: len(find_workers(process)) == 2, 5)
        client = Stalled(port, PATH, ROW)
        time.sleep(0.2)

        process.kill()

        assert soon(lambda: not find_processes(process.pid), 5)
        client.close()


def test_a_worker_that_replaces_another_serves_the_version_that_the_server_started_with(tmp_path, port):
    write_models(tmp_path)
    with running(tmp_path, port, "--workers", 2) as process:
        assert soon(lambda: len(find_workers(process)) == 2, 5)
        write_artefact(tmp_path, TASKS["iris"], version=2, seed=2)

        assert kill_a_worker(process)

        with Load(port, PATH, ROW, keeps_connections=False) as load:
            time.sleep(2)
    assert all(b'"version":1' in body for body in load.bodies)


def test_a_bad_version_does_not_keep_a_killed_worker_from_being_replaced(tmp_path, port):
    write_models(tmp_path)
    with running(tmp_path, port, "--workers", 2, APP_RELOAD_SECONDS="0.1") as process:
        assert soon(lambda: len(find_workers(process)) == 2, 5)
        (tmp_path / "iris" / "2").mkdir()

        assert kill_a_worker(process)

        time.sleep(1.5)
        assert len(find_workers(process)) == 2
        assert ask(port, PATH, ROW)["version"] == 1
        status, log, _ = end(process)
    assert status == 0
    assert "Traceback" not in log


def test_a_worker_that_hangs_does_not_keep_the_server_from_ending(models, port):
    with running(models, port, "--workers", 2, APP_SHUTDOWN_SECONDS="1") as process:
        assert soon(lambda: len(find_workers(process)) == 2, 5)
        time.sleep(1)
        os.kill(find_workers(process)[0], signal.SIGSTOP)

        end(process, seconds=12)

        assert soon(lambda: not find_processes(process.pid), 5)


def write_models(folder):
    for task in TASKS.values():
        write_artefact(folder, task)

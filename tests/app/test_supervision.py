import os
import signal
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.artefacts import write_artefact
from tests.payloads import TASKS, row_of
from tests.processes import (
    Load,
    Stalled,
    answers,
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


@contextmanager
def two_workers(models, port, **variables):
    with running(models, port, "--workers", 2, **variables) as process:
        assert soon(lambda: len(find_workers(process)) == 2, 5)
        yield process


def kill_a_worker(process):
    """Kill one of two workers; give the other."""
    killed, other = find_workers(process)
    os.kill(killed, signal.SIGKILL)
    return other


def answers_without(worker, port):
    """Say whether the server answers within ten seconds while one of its workers is stopped."""
    os.kill(worker, signal.SIGSTOP)
    try:
        return soon(lambda: answers(port), 10)
    finally:
        os.kill(worker, signal.SIGCONT)


def test_a_killed_worker_is_replaced_under_load(models, port):
    with two_workers(models, port) as process:
        with Load(port, PATH, ROW) as load:
            time.sleep(0.5)
            other = kill_a_worker(process)
            time.sleep(1)
        assert answers_without(other, port)
        status, log, _ = end(process)

    # What the killed worker had taken in is gone with it: at most one request of each thread.
    assert len(load.lost) <= 4
    assert len(load.statuses) > 100
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
    with two_workers(tmp_path, port) as process:
        write_artefact(tmp_path, TASKS["iris"], version=2, seed=2)

        other = kill_a_worker(process)

        assert answers_without(other, port)
        os.kill(other, signal.SIGSTOP)
        assert ask(port, PATH, ROW)["version"] == 1


def test_a_bad_version_does_not_keep_a_killed_worker_from_being_replaced(tmp_path, port):
    write_models(tmp_path)
    with two_workers(tmp_path, port, APP_RELOAD_SECONDS="0.1") as process:
        (tmp_path / "iris" / "2").mkdir()

        other = kill_a_worker(process)

        assert answers_without(other, port)
        assert ask(port, PATH, ROW)["version"] == 1
        status, log, _ = end(process)
    assert status == 0
    assert "Traceback" not in log


def test_a_worker_that_hangs_does_not_keep_the_server_from_ending(models, port):
    with two_workers(models, port, APP_SHUTDOWN_SECONDS="1") as process:
        hanging, other = find_workers(process)
        assert answers_without(hanging, port)
        assert answers_without(other, port)
        time.sleep(1)  # until the supervisor has heard from both
        os.kill(hanging, signal.SIGSTOP)

        end(process, seconds=12)

        assert soon(lambda: not find_processes(process.pid), 5)


def write_models(folder):
    for task in TASKS.values():
        write_artefact(folder, task)

import os
import signal
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from app.server.supervisor import BLOCKED_LOOP_SECONDS
from tests.support.artefacts import write_artefact
from tests.support.payloads import TASKS, row_of
from tests.support.servers.arrivals import wait_until_taken_in
from tests.support.servers.load import Load
from tests.support.servers.processes import (
    LONG_SECONDS,
    Stalled,
    ask,
    command,
    end,
    find_processes,
    find_workers,
    running_command,
    soon,
)
from tests.support.servers.workers import (
    answers_without,
    held_up_by,
    hung_by_sigusr1,
    is_heard_of_all,
    is_soon_stopped,
    kept_from_dying,
    kill_a_worker,
    two_workers,
)

PATH, ROW = "/predict/iris", row_of("iris")
WAITS = ("APP_DRAIN_SECONDS", "APP_SHUTDOWN_SECONDS", "APP_REQUEST_TIMEOUT_SECONDS")
UVICORN = [sys.executable, "-m", "uvicorn", "app.main:app"]

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are found in /proc")


def test_a_killed_worker_is_replaced_under_load(models, port):
    with two_workers(models, port) as process:
        assert is_heard_of_all(process)
        with Load(port, PATH, ROW) as load:
            assert load.goes_on()
            other = kill_a_worker(process)
            assert soon(lambda: len(find_workers(process)) == 2)
            assert load.goes_on()
        assert answers_without(other, port)
        status, log, _ = end(process)

    # What the killed worker had taken in is gone with it: at most one request of each thread.
    assert len(load.lost) <= 4
    assert set(load.statuses) == {200}
    assert status == 0
    assert "Traceback" not in log
    assert log.count("is replaced") == 1


@pytest.mark.parametrize("program", [command(), UVICORN], ids=["app", "uvicorn"])
def test_no_worker_outlives_a_killed_parent(models, port, program):
    arguments = [*program, "--port", str(port), "--workers", "2"]
    with running_command(arguments, models, port, APP_SHUTDOWN_SECONDS=LONG_SECONDS) as process:
        assert soon(lambda: len(find_workers(process)) == 2)
        client = Stalled(port, PATH, ROW)
        wait_until_taken_in(port)

        process.kill()

        assert soon(lambda: not find_processes(process.pid))
        client.close()


def test_a_worker_that_replaces_another_serves_the_version_that_the_server_started_with(tmp_path, port):
    write_models(tmp_path)
    with two_workers(tmp_path, port) as process:
        write_artefact(tmp_path, TASKS["iris"], version=2, seed=2)

        other = kill_a_worker(process)

        assert answers_without(other, port)
        os.kill(other, signal.SIGSTOP)
        assert is_soon_stopped(other)
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
        assert is_heard_of_all(process)
        hanging, _ = find_workers(process)
        os.kill(hanging, signal.SIGSTOP)

        *_, seconds = end(process)

        assert seconds < 12
        assert soon(lambda: not find_processes(process.pid))


def test_a_worker_that_hangs_while_it_starts_does_not_keep_the_server_from_ending(models, port, tmp_path):
    flag = tmp_path / "flag"
    with two_workers(models, port, APP_SHUTDOWN_SECONDS="1", **held_up_by(flag)) as process:
        before = set(find_workers(process))
        flag.touch()
        kill_a_worker(process)
        assert soon(lambda: set(find_workers(process)) - before)
        (new,) = set(find_workers(process)) - before
        os.kill(new, signal.SIGSTOP)
        time.sleep(1)  # until the supervisor has looked at it

        *_, seconds = end(process)

        assert seconds < 2.5
        assert soon(lambda: not find_processes(process.pid), 1)


def test_a_worker_whose_event_loop_hangs_is_replaced(models, port, tmp_path):
    with two_workers(models, port, **hung_by_sigusr1(tmp_path)) as process:
        hanging, other = find_workers(process)

        os.kill(hanging, signal.SIGUSR1)

        assert soon(lambda: f"Worker {hanging} was silent" in process.log(), BLOCKED_LOOP_SECONDS + 15)
        assert soon(lambda: len(find_workers(process)) == 2)
        assert answers_without(other, port)


def test_a_worker_that_outlives_being_killed_keeps_the_server_from_nothing(models, port):
    with two_workers(models, port) as process:
        assert is_heard_of_all(process)
        undying, other = find_workers(process)
        with kept_from_dying(undying):
            os.kill(undying, signal.SIGKILL)
            assert soon(lambda: f"Worker {undying} was silent" in process.log(), 10)
            assert find_workers(process) == [other]

            process.send_signal(signal.SIGTTIN)

            assert soon(lambda: len(find_workers(process)) == 2)
        assert soon(lambda: len(find_workers(process)) == 3)
        status, log, _ = end(process)
    assert (status, log.count("was silent")) == (0, 1)


def test_a_drain_that_nobody_waits_for_any_more_ends(models, port):
    with two_workers(models, port, APP_DRAIN_SECONDS=LONG_SECONDS) as process:
        process.send_signal(signal.SIGTERM)
        assert soon(lambda: "exiting" in process.log(), 2)
        for worker in find_workers(process):
            os.kill(worker, signal.SIGKILL)

        assert process.wait(timeout=2) == 0


def test_told_again_by_the_keyboard_it_waits_for_no_worker(models, port):
    with (
        two_workers(models, port, **dict.fromkeys(WAITS, LONG_SECONDS)) as process,
        closing(Stalled(port, PATH, ROW)),
    ):
        process.send_signal(signal.SIGTERM)
        assert soon(lambda: "exiting" in process.log(), 2)

        process.send_signal(signal.SIGINT)

        assert process.wait(timeout=2) == 0
        assert soon(lambda: not find_processes(process.pid), 1)


def write_models(folder):
    for task in TASKS.values():
        write_artefact(folder, task)

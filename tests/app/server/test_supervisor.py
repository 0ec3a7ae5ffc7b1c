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
from tests.support.servers.kernel_queues import wait_until_received
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
    all_workers_respond,
    answers_without,
    block_on_sigusr1,
    block_startup_while,
    is_soon_stopped,
    kill_a_worker,
    two_workers,
    unkillable,
)

PATH, ROW = "/predict/iris", row_of("iris")
TIMEOUTS = ("APP_DRAIN_SECONDS", "APP_SHUTDOWN_SECONDS", "APP_REQUEST_TIMEOUT_SECONDS")
UVICORN = [sys.executable, "-m", "uvicorn", "app.main:app"]

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are found in /proc")


def test_a_killed_worker_is_replaced_under_load(models, port):
    with two_workers(models, port) as process:
        assert all_workers_respond(process)
        with Load(port, PATH, ROW) as load:
            assert load.gets_answers()
            other = kill_a_worker(process)
            assert soon(lambda: len(find_workers(process)) == 2)
            assert load.gets_answers()
        assert answers_without(other, port)
        status, log, _ = end(process)

    # The killed worker loses the requests it had accepted: at most one of each thread.
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
        wait_until_received(port)

        process.kill()

        assert soon(lambda: not find_processes(process.pid))
        client.close()


def test_a_replacement_serves_the_version_that_the_server_started_with(tmp_path, port):
    write_models(tmp_path)
    with two_workers(tmp_path, port) as process:
        write_artefact(tmp_path, TASKS["iris"], version=2, seed=2)

        other = kill_a_worker(process)

        assert answers_without(other, port)
        os.kill(other, signal.SIGSTOP)
        assert is_soon_stopped(other)
        assert ask(port, PATH, ROW)["version"] == 1


def test_an_invalid_version_does_not_prevent_the_replacement_of_a_killed_worker(tmp_path, port):
    write_models(tmp_path)
    with two_workers(tmp_path, port, APP_RELOAD_SECONDS="0.1") as process:
        (tmp_path / "iris" / "2").mkdir()

        other = kill_a_worker(process)

        assert answers_without(other, port)
        assert ask(port, PATH, ROW)["version"] == 1
        status, log, _ = end(process)
    assert status == 0
    assert "Traceback" not in log


def test_a_blocked_worker_does_not_prevent_the_shutdown(models, port):
    with two_workers(models, port, APP_SHUTDOWN_SECONDS="1") as process:
        assert all_workers_respond(process)
        blocked, _ = find_workers(process)
        os.kill(blocked, signal.SIGSTOP)

        *_, seconds = end(process)

        assert seconds < 12
        assert soon(lambda: not find_processes(process.pid))


def test_a_worker_that_blocks_at_its_start_does_not_prevent_the_shutdown(models, port, tmp_path):
    flag = tmp_path / "flag"
    with two_workers(models, port, APP_SHUTDOWN_SECONDS="1", **block_startup_while(flag)) as process:
        before = set(find_workers(process))
        flag.touch()
        kill_a_worker(process)
        assert soon(lambda: set(find_workers(process)) - before)
        (new,) = set(find_workers(process)) - before
        os.kill(new, signal.SIGSTOP)
        time.sleep(1)  # until the supervisor has checked it

        *_, seconds = end(process)

        assert seconds < 2.5
        assert soon(lambda: not find_processes(process.pid), 1)


def test_a_worker_with_a_blocked_event_loop_is_replaced(models, port, tmp_path):
    with two_workers(models, port, **block_on_sigusr1(tmp_path)) as process:
        blocked, other = find_workers(process)

        os.kill(blocked, signal.SIGUSR1)

        assert soon(lambda: f"Worker {blocked} did not respond" in process.log(), BLOCKED_LOOP_SECONDS + 15)
        assert soon(lambda: len(find_workers(process)) == 2)
        assert answers_without(other, port)


def test_a_worker_that_sigkill_does_not_end_does_not_disturb_the_others(models, port):
    with two_workers(models, port) as process:
        assert all_workers_respond(process)
        surviving, other = find_workers(process)
        with unkillable(surviving):
            os.kill(surviving, signal.SIGKILL)
            assert soon(lambda: f"Worker {surviving} did not respond" in process.log(), 10)
            assert find_workers(process) == [other]

            process.send_signal(signal.SIGTTIN)

            assert soon(lambda: len(find_workers(process)) == 2)
        assert soon(lambda: len(find_workers(process)) == 3)
        status, log, _ = end(process)
    assert (status, log.count("did not respond")) == (0, 1)


def test_draining_ends_when_no_worker_is_left(models, port):
    with two_workers(models, port, APP_DRAIN_SECONDS=LONG_SECONDS) as process:
        process.send_signal(signal.SIGTERM)
        assert soon(lambda: "exiting" in process.log(), 2)
        for worker in find_workers(process):
            os.kill(worker, signal.SIGKILL)

        assert process.wait(timeout=2) == 0


def test_a_sigint_after_another_signal_ends_all_workers_at_once(models, port):
    with (
        two_workers(models, port, **dict.fromkeys(TIMEOUTS, LONG_SECONDS)) as process,
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

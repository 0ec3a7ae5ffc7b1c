"""Workers that come in the place of others, and those that cannot start."""

import os
import signal
import tempfile
import time
from pathlib import Path

import pytest

from tests.app.made_up_keys import line
from tests.payloads import row_of
from tests.processes import (
    Load,
    Process,
    ask,
    command,
    end,
    environment,
    find_processes,
    find_workers,
    soon,
)
from tests.workers import IMPATIENT, answers_without, held_up_by, kill_a_worker, two_workers

PATH, ROW = "/predict/iris", row_of("iris")

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are found in /proc")


@pytest.fixture
def keys(tmp_path):
    keys = tmp_path / "keys.txt"
    keys.write_text(line("alice", "key-a"))
    return keys


def test_a_worker_that_cannot_start_leaves_the_other_serving_and_is_tried_again(models, port, keys):
    with two_workers(models, port, APP_API_KEYS_FILE=str(keys)) as process:
        whole = keys.read_text()
        keys.write_text("")

        other = kill_a_worker(process)

        assert soon(lambda: "holds no key" in process.log(), 5)
        time.sleep(1)
        assert find_workers(process) == [other]
        assert ask(port, "/health/ready")["status"] == "ready"
        assert process.log().count("A worker cannot start. APP_API_KEYS_FILE: ") == 1
        keys.write_text(whole)
        assert soon(lambda: len(find_workers(process)) == 2, 5)
        assert answers_without(other, port)
        assert end(process)[0] == 0


def test_workers_of_which_none_can_start_end_the_server_with_status_3(models, port, keys):
    variables = environment(models, APP_API_KEYS_FILE=str(keys))
    with tempfile.TemporaryFile("w+") as log:
        process = Process(command("--port", port, "--workers", 2), log, env=variables)
        # The server has proven its keys and has yet to start its workers.
        assert soon(lambda: "Listening" in process.log(), 10)
        keys.unlink()

        assert process.wait(timeout=5) == 3
        assert 1 <= process.log().count("A worker cannot start. APP_API_KEYS_FILE: ") <= 2
        assert "Traceback" not in process.log()
        assert soon(lambda: not find_processes(process.pid), 1)


def test_a_restart_loses_no_request_and_replaces_every_worker(models, port):
    with two_workers(models, port) as process:
        before = set(find_workers(process))
        with Load(port, PATH, ROW, keeps_connections=False, pause_seconds=0.005) as load:
            process.send_signal(signal.SIGHUP)

            assert soon(lambda: not before & set(find_workers(process)), 15)
        status, log, _ = end(process)

    assert (load.lost, load.refused, set(load.statuses)) == ([], 0, {200})
    assert (status, "Traceback" in log) == (0, False)


def test_a_worker_that_hangs_does_not_keep_a_restart_from_going_on(models, port):
    with two_workers(models, port, APP_SHUTDOWN_SECONDS="1") as process:
        before = find_workers(process)
        os.kill(before[0], signal.SIGSTOP)

        process.send_signal(signal.SIGHUP)

        assert soon(lambda: not set(before) & set(find_workers(process)), 15)
        assert ask(port, "/health/ready")["status"] == "ready"
        assert end(process)[0] == 0


def test_a_restart_that_fails_leaves_the_workers_that_serve(models, port, keys):
    with two_workers(models, port, APP_API_KEYS_FILE=str(keys)) as process:
        before = find_workers(process)
        keys.unlink()

        process.send_signal(signal.SIGHUP)

        assert soon(lambda: "A worker cannot start" in process.log(), 5)
        time.sleep(0.6)
        assert set(find_workers(process)) == set(before)
        assert end(process)[0] == 0


def test_one_worker_more_and_one_less(models, port):
    with two_workers(models, port) as process:
        process.send_signal(signal.SIGTTIN)
        assert soon(lambda: len(find_workers(process)) == 3, 5)
        process.send_signal(signal.SIGTTOU)
        assert soon(lambda: len(find_workers(process)) == 2, 5)
        assert end(process)[0] == 0


def test_a_worker_that_hangs_while_it_starts_is_replaced(models, port, tmp_path):
    flag = tmp_path / "flag"
    with two_workers(models, port, IMPATIENT, **held_up_by(flag)) as process:
        flag.touch()

        other = kill_a_worker(process)

        assert soon(lambda: "A worker cannot start. It was silent" in process.log(), 12)
        assert ask(port, "/health/ready")["status"] == "ready"
        flag.unlink()
        assert soon(lambda: len(find_workers(process)) == 2, 5)
        assert answers_without(other, port)
        status, log, _ = end(process)
    assert (status, log.count("was silent")) == (0, 1)


def test_a_second_restart_dismisses_no_worker_before_another_serves(models, port, tmp_path):
    flag = tmp_path / "flag"
    with two_workers(models, port, **held_up_by(flag)) as process:
        before = set(find_workers(process))
        flag.touch()
        process.send_signal(signal.SIGHUP)
        assert soon(lambda: len(find_workers(process)) == 3, 5)

        process.send_signal(signal.SIGHUP)

        assert soon(lambda: process.log().count("SIGHUP") == 2, 2)
        time.sleep(1.2)
        assert before <= set(find_workers(process))
        assert ask(port, "/health/ready")["status"] == "ready"
        flag.unlink()
        assert soon(lambda: not before & set(find_workers(process)), 20)
        assert end(process)[0] == 0


def test_a_restart_replaces_a_worker_that_hangs_while_it_starts(models, port, tmp_path):
    flag = tmp_path / "flag"
    with two_workers(models, port, APP_SHUTDOWN_SECONDS="1", **held_up_by(flag)) as process:
        flag.touch()
        other = kill_a_worker(process)
        assert soon(lambda: len(set(find_workers(process)) - {other}) == 1, 5)
        before = set(find_workers(process))
        (hanging,) = before - {other}
        os.kill(hanging, signal.SIGSTOP)
        flag.unlink()

        process.send_signal(signal.SIGHUP)

        assert soon(lambda: not before & set(find_workers(process)), 15)
        assert "was silent" not in process.log()
        assert end(process)[0] == 0

"""Workers that come in the place of others, and those that cannot start."""

import json
import os
import signal
from datetime import datetime
from pathlib import Path

import pytest

from app.server.supervisor import RESTART_DELAY_SECONDS
from tests.app.security.made_up_keys import line
from tests.support.payloads import row_of
from tests.support.servers.load import Load
from tests.support.servers.processes import (
    ask,
    command,
    end,
    find_processes,
    find_workers,
    soon,
    started,
)
from tests.support.servers.workers import IMPATIENT, answers_without, held_up_by, kill_a_worker, two_workers

PATH, ROW = "/predict/iris", row_of("iris")
CANNOT_START = "A worker cannot start. APP_API_KEYS_FILE: "

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

        assert soon(lambda: "holds no key" in process.log())
        assert soon(lambda: find_workers(process) == [other])
        assert ask(port, "/health/ready")["status"] == "ready"
        assert soon(lambda: len(failed_starts(process)) > 1)
        first, second, *_ = failed_starts(process)
        assert (second - first).total_seconds() >= RESTART_DELAY_SECONDS
        keys.write_text(whole)
        assert soon(lambda: len(find_workers(process)) == 2)
        assert answers_without(other, port)
        assert end(process)[0] == 0


def failed_starts(process):
    """Give the times at which workers have said that they cannot start for their keys."""
    lines = [text for text in process.log().splitlines() if CANNOT_START in text]
    return [datetime.fromisoformat(json.loads(line)["time"]) for line in lines]


def test_workers_of_which_none_can_start_end_the_server_with_status_3(models, port, keys, tmp_path):
    flag, flags = tmp_path / "flag", ("--port", port, "--workers", 2)
    flag.touch()
    with started(command(*flags), models, APP_API_KEYS_FILE=str(keys), **held_up_by(flag)) as process:
        # The server has proven its keys, and its workers have yet to read them.
        assert soon(lambda: "Listening" in process.log(), 10)
        keys.unlink()
        flag.unlink()

        assert process.wait(timeout=5) == 3
        assert 1 <= len(failed_starts(process)) <= 2
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


def tell_to_restart(process, number):
    """Tell it, for the first time or a later one, and wait until it has heard it."""
    process.send_signal(signal.SIGHUP)
    assert soon(lambda: process.log().count("SIGHUP") == number, 2)


def test_a_restart_that_fails_leaves_the_workers_that_serve(models, port, keys):
    with two_workers(models, port, APP_API_KEYS_FILE=str(keys)) as process:
        before = find_workers(process)
        keys.unlink()

        process.send_signal(signal.SIGHUP)

        assert soon(lambda: failed_starts(process))
        assert soon(lambda: set(find_workers(process)) == set(before))
        # The first of these may come before it has seen that the restart failed, and is then a part of it.
        tell_to_restart(process, 2)
        tell_to_restart(process, 3)
        assert soon(lambda: len(failed_starts(process)) >= 2)
        assert soon(lambda: set(find_workers(process)) == set(before))
        assert ask(port, "/health/ready")["status"] == "ready"
        assert end(process)[0] == 0


def test_one_worker_more_and_one_less(models, port):
    with two_workers(models, port) as process:
        process.send_signal(signal.SIGTTIN)
        assert soon(lambda: len(find_workers(process)) == 3)
        process.send_signal(signal.SIGTTOU)
        assert soon(lambda: len(find_workers(process)) == 2)
        assert end(process)[0] == 0


def test_a_worker_that_hangs_while_it_starts_is_replaced(models, port, tmp_path):
    flag = tmp_path / "flag"
    with two_workers(models, port, IMPATIENT, **held_up_by(flag)) as process:
        flag.touch()

        other = kill_a_worker(process)

        assert soon(lambda: "A worker cannot start. It was silent" in process.log(), 12)
        assert ask(port, "/health/ready")["status"] == "ready"
        flag.unlink()
        assert soon(lambda: len(find_workers(process)) == 2)
        assert answers_without(other, port)
        status, log, _ = end(process)
    assert (status, log.count("was silent")) == (0, 1)


def test_a_second_restart_dismisses_no_worker_before_another_serves(models, port, tmp_path):
    flag = tmp_path / "flag"
    with two_workers(models, port, **held_up_by(flag)) as process:
        before = set(find_workers(process))
        flag.touch()
        process.send_signal(signal.SIGHUP)
        assert soon(lambda: len(find_workers(process)) == 3)

        # Once it has heard one, it has looked around since the one before.
        for number in (2, 3, 4):
            tell_to_restart(process, number)

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
        assert soon(lambda: len(set(find_workers(process)) - {other}) == 1)
        before = set(find_workers(process))
        (hanging,) = before - {other}
        os.kill(hanging, signal.SIGSTOP)
        flag.unlink()

        process.send_signal(signal.SIGHUP)

        assert soon(lambda: not before & set(find_workers(process)), 15)
        assert "was silent" not in process.log()
        assert end(process)[0] == 0

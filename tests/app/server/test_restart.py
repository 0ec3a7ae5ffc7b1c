"""Restarts of the workers, and workers that cannot start."""

import json
import os
import signal
from datetime import datetime
from pathlib import Path

import pytest

from app.server.supervisor import RESTART_DELAY_SECONDS
from tests.support.api_keys import line
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
from tests.support.servers.workers import (
    SHORT_STARTUP_TIMEOUT,
    answers_without,
    block_startup_while,
    kill_a_worker,
    two_workers,
)

PATH, ROW = "/predict/iris", row_of("iris")
CANNOT_START = "A worker cannot start. APP_API_KEYS_FILE: "

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are found in /proc")


@pytest.fixture
def keys(tmp_path):
    keys = tmp_path / "keys.txt"
    keys.write_text(line("alice", "key-a"))
    return keys


def test_a_worker_that_cannot_start_is_tried_again_while_the_other_serves(models, port, keys):
    with two_workers(models, port, APP_API_KEYS_FILE=str(keys)) as process:
        content = keys.read_text()
        keys.write_text("")

        other = kill_a_worker(process)

        assert soon(lambda: "has no key" in process.log())
        assert soon(lambda: find_workers(process) == [other])
        assert ask(port, "/health/ready")["status"] == "ready"
        assert soon(lambda: len(failed_starts(process)) > 1)
        first, second, *_ = failed_starts(process)
        assert (second - first).total_seconds() >= RESTART_DELAY_SECONDS
        keys.write_text(content)
        assert soon(lambda: len(find_workers(process)) == 2)
        assert answers_without(other, port)
        assert end(process)[0] == 0


def failed_starts(process):
    """Give the times at which workers could not start because of their keys."""
    lines = [text for text in process.log().splitlines() if CANNOT_START in text]
    return [datetime.fromisoformat(json.loads(line)["time"]) for line in lines]


def test_the_server_ends_with_status_3_if_no_worker_can_start(models, port, keys, tmp_path):
    flag, flags = tmp_path / "flag", ("--port", port, "--workers", 2)
    flag.touch()
    with started(
        command(*flags), models, APP_API_KEYS_FILE=str(keys), **block_startup_while(flag)
    ) as process:
        # The server has checked the keys, and its workers have not read them yet.
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


def test_a_blocked_worker_does_not_delay_a_restart(models, port):
    with two_workers(models, port, APP_SHUTDOWN_SECONDS="1") as process:
        before = find_workers(process)
        os.kill(before[0], signal.SIGSTOP)

        process.send_signal(signal.SIGHUP)

        assert soon(lambda: not set(before) & set(find_workers(process)), 15)
        assert ask(port, "/health/ready")["status"] == "ready"
        assert end(process)[0] == 0


def restart(process, number):
    """Send SIGHUP, and wait until the supervisor has logged it for the given number of times."""
    process.send_signal(signal.SIGHUP)
    assert soon(lambda: process.log().count("SIGHUP") == number, 2)


def test_a_failed_restart_leaves_the_serving_workers(models, port, keys):
    with two_workers(models, port, APP_API_KEYS_FILE=str(keys)) as process:
        before = find_workers(process)
        keys.unlink()

        process.send_signal(signal.SIGHUP)

        assert soon(lambda: failed_starts(process))
        assert soon(lambda: set(find_workers(process)) == set(before))
        # The first of these may arrive before the supervisor detects the failure, and then starts nothing.
        restart(process, 2)
        restart(process, 3)
        assert soon(lambda: len(failed_starts(process)) >= 2)
        assert soon(lambda: set(find_workers(process)) == set(before))
        assert ask(port, "/health/ready")["status"] == "ready"
        assert end(process)[0] == 0


def test_sigttin_adds_a_worker_and_sigttou_removes_one(models, port):
    with two_workers(models, port) as process:
        process.send_signal(signal.SIGTTIN)
        assert soon(lambda: len(find_workers(process)) == 3)
        process.send_signal(signal.SIGTTOU)
        assert soon(lambda: len(find_workers(process)) == 2)
        assert end(process)[0] == 0


def test_a_worker_that_blocks_at_its_start_is_replaced(models, port, tmp_path):
    flag = tmp_path / "flag"
    with two_workers(models, port, SHORT_STARTUP_TIMEOUT, **block_startup_while(flag)) as process:
        flag.touch()

        other = kill_a_worker(process)

        assert soon(lambda: "A worker cannot start. It did not respond" in process.log(), 12)
        assert ask(port, "/health/ready")["status"] == "ready"
        flag.unlink()
        assert soon(lambda: len(find_workers(process)) == 2)
        assert answers_without(other, port)
        status, log, _ = end(process)
    assert (status, log.count("did not respond")) == (0, 1)


def test_a_second_restart_terminates_no_worker_before_another_serves(models, port, tmp_path):
    flag = tmp_path / "flag"
    with two_workers(models, port, **block_startup_while(flag)) as process:
        before = set(find_workers(process))
        flag.touch()
        process.send_signal(signal.SIGHUP)
        assert soon(lambda: len(find_workers(process)) == 3)

        # Once a signal is logged, the workers have been checked since the signal before.
        for number in (2, 3, 4):
            restart(process, number)

        assert before <= set(find_workers(process))
        assert ask(port, "/health/ready")["status"] == "ready"
        flag.unlink()
        assert soon(lambda: not before & set(find_workers(process)), 20)
        assert end(process)[0] == 0


def test_a_restart_replaces_a_worker_that_blocks_at_its_start(models, port, tmp_path):
    flag = tmp_path / "flag"
    with two_workers(models, port, APP_SHUTDOWN_SECONDS="1", **block_startup_while(flag)) as process:
        flag.touch()
        other = kill_a_worker(process)
        assert soon(lambda: len(set(find_workers(process)) - {other}) == 1)
        before = set(find_workers(process))
        (blocked,) = before - {other}
        os.kill(blocked, signal.SIGSTOP)
        flag.unlink()

        process.send_signal(signal.SIGHUP)

        assert soon(lambda: not before & set(find_workers(process)), 15)
        assert "did not respond" not in process.log()
        assert end(process)[0] == 0

"""SIGKILL of one of two workers, repeatedly, under load."""

import os
import random
import signal
import time

from tests.stress.load import Clients, Load, predict_request
from tests.stress.result import Result, compare_maximum
from tests.support.payloads import TASKS, row_of
from tests.support.repository import MODELS
from tests.support.servers.processes import find_workers, free_port, running, soon
from tests.support.servers.raw_socket import answers_in, connect

MAX_LOST_SHARE = 0.001
MAX_SECONDS = 10
CLIENTS = 2
# Each client of both groups has at most one request in progress.
MAX_LOST_PER_KILL = 2 * CLIENTS
# The pause before each kill, so that both workers are busy again.
RESTART_DELAY_SECONDS = 1.5
SEED = 5

REQUESTS = tuple(predict_request(task, row_of(task)) for task in TASKS)
READY_REQUEST = b"GET /health/ready HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"


def kill_workers(profile):
    """Kill a worker at a random moment, wait until its replacement responds, and repeat."""
    load, seconds = kill_under_load(profile.kills)
    lost, sent, statuses = len(load.lost), load.sent, sorted(load.seconds)
    return [
        Result(
            f"SIGKILL of a worker, {profile.kills} times",
            f"only requests in progress are lost: at most {MAX_LOST_PER_KILL} per kill",
            f"{lost} lost, statuses {statuses}, {load.refused} connections refused",
            lost <= MAX_LOST_PER_KILL * profile.kills and statuses == [200],
        ),
        Result(
            "share of all requests that is lost",
            "at most 0.1 %",
            f"{lost} of {sent:,} ({100 * lost / sent:.3f} %)",
            lost <= MAX_LOST_SHARE * sent,
        ),
        compare_maximum("time from a kill to full capacity", seconds, MAX_SECONDS),
    ]


def kill_under_load(kills):
    """Give the load, and the time from each kill to full capacity."""
    port, seconds, generator = free_port(), [], random.Random(SEED)
    with running(MODELS, port, "--workers", 2) as server:
        assert soon(lambda: len(responding_workers(port)) == 2, MAX_SECONDS)
        load = Load(
            port,
            Clients(REQUESTS, CLIENTS),
            Clients(REQUESTS, CLIENTS, keep_alive=False, pause_seconds=0.002),
        )
        with load:
            for _ in range(kills):
                time.sleep(RESTART_DELAY_SECONDS * generator.uniform(0.5, 1.5))
                seconds.append(seconds_to_full_capacity(server, port, generator))
            time.sleep(RESTART_DELAY_SECONDS)
    return load, seconds


def seconds_to_full_capacity(server, port, generator):
    """Kill one worker; give the time until two live workers have responded."""
    before = responding_workers(port)
    os.kill(generator.choice(find_workers(server)), signal.SIGKILL)
    started, after = time.monotonic(), set()

    def is_full():
        after.update({responding_worker(port)} - {None})
        # The killed worker never responds, so two workers other than `before` include its replacement.
        return len(after) == 2 and after != before

    is_in_time = soon(is_full, 2 * MAX_SECONDS)
    return time.monotonic() - started if is_in_time else float("inf")


def responding_workers(port):
    """Give the names of the workers that respond on some new connections."""
    return {responding_worker(port) for _ in range(40)} - {None}


def responding_worker(port):
    """Give the prefix of the request id, which is different for each worker; None without a response."""
    try:
        with connect(port, 5) as client:
            client.sendall(READY_REQUEST)
            content = b""
            while more := client.recv(4096):
                content += more
    except OSError:
        return None
    return next((one.headers["x-request-id"].rpartition("-")[0] for one in answers_in(content)), None)

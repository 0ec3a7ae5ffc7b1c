"""SIGTERM under load, beside a client that never completes its request."""

import time
from collections import Counter
from contextlib import closing

from tests.stress.load import Clients, Load, predict_request
from tests.stress.result import Result, compare_maximum
from tests.support.payloads import TASKS, row_of
from tests.support.repository import MODELS
from tests.support.servers.processes import Stalled, end, free_port, running, soon

SHUTDOWN_SECONDS = 3
MARGIN_SECONDS = 1
CLIENTS = 8
MAX_LOAD_SECONDS = 60

REQUESTS = (
    *(predict_request(task, row_of(task)) for task in TASKS),
    predict_request("iris", row_of("iris"), path="/batch", rows=50),
)


def terminate_under_load(profile):
    """Terminate servers with one worker and with two, alternately, while requests are in progress."""
    loads, seconds, terminations = [], [], profile.terminations
    for number in range(terminations):
        load, shutdown_seconds = terminate_once(profile.requests_per_termination, workers=1 + number % 2)
        loads.append(load)
        seconds.append(shutdown_seconds)
    wanted = profile.requests_per_termination * terminations
    sent = sum(load.sent for load in loads)
    lost = Counter(reason for load in loads for reason in load.lost)
    statuses = sorted({status for load in loads for status in load.seconds})
    found = f"{lost.total()} of {sent:,} lost in {terminations} shutdowns, statuses {statuses}"
    return [
        Result(
            "SIGTERM under load",
            f"none of {wanted:,} requests lost",
            found + "".join(f"; {reason} {times} times" for reason, times in lost.items()),
            not lost and statuses == [200] and sent >= wanted,
        ),
        compare_maximum(
            "shutdown beside a stalled client",
            seconds,
            SHUTDOWN_SECONDS + MARGIN_SECONDS,
            f" (APP_SHUTDOWN_SECONDS is {SHUTDOWN_SECONDS})",
        ),
    ]


def terminate_once(requests, workers):
    """Give the load, and the seconds from SIGTERM to the server's exit."""
    port, row = free_port(), row_of("iris")
    flags = ("--workers", workers)
    with (
        running(MODELS, port, *flags, APP_SHUTDOWN_SECONDS=str(SHUTDOWN_SECONDS)) as server,
        closing(Stalled(port, "/predict/iris", row)),
        Load(port, Clients(REQUESTS, CLIENTS), Clients(REQUESTS, CLIENTS, keep_alive=False)) as load,
    ):
        assert soon(lambda: load.answered >= requests, MAX_LOAD_SECONDS), "the load is too slow"
        _, _, seconds = end(server, 10 * SHUTDOWN_SECONDS)
        time.sleep(0.1)
    return load, seconds

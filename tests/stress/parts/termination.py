"""SIGTERM under load, beside a client that never finishes."""

import time
from collections import Counter
from contextlib import closing

from tests.stress.figure import Figure, longest
from tests.stress.load import Clients, Load, written
from tests.stress.shipped import MODELS
from tests.support.payloads import TASKS, row_of
from tests.support.servers.processes import Stalled, end, free_port, running, soon

GRACE_SECONDS = 3
SPARE_SECONDS = 1
CLIENTS = 8
LONGEST_LOAD_SECONDS = 60

REQUESTS = (
    *(written(task, row_of(task)) for task in TASKS),
    written("iris", row_of("iris"), path="/batch", rows=50),
)


def terminate(form):
    """End servers of one worker and of two in turns, each in the midst of its requests."""
    loads, seconds, moments = [], [], form.terminations
    for number in range(moments):
        load, took = end_under_load(form.requests_each, workers=1 + number % 2)
        loads.append(load)
        seconds.append(took)
    sent = sum(load.sent for load in loads)
    lost = Counter(how for load in loads for how in load.lost)
    statuses = sorted({status for load in loads for status in load.seconds})
    found = f"{lost.total()} of {sent:,} lost in {moments} ends, statuses {statuses}"
    return [
        Figure(
            "SIGTERM under load",
            f"none of {form.requests_each * moments:,} lost",
            found + "".join(f"; {how} {times} times" for how, times in lost.items()),
            not lost and statuses == [200] and sent >= form.requests_each * moments,
        ),
        longest(
            "end beside a stalled client",
            seconds,
            GRACE_SECONDS + SPARE_SECONDS,
            f" (grace {GRACE_SECONDS} s)",
        ),
    ]


def end_under_load(requests, workers):
    """Give the load, and how long the server took to end."""
    port, row = free_port(), row_of("iris")
    flags = ("--workers", workers)
    with (
        running(MODELS, port, *flags, APP_SHUTDOWN_SECONDS=str(GRACE_SECONDS)) as server,
        closing(Stalled(port, "/predict/iris", row)),
        Load(port, Clients(REQUESTS, CLIENTS), Clients(REQUESTS, CLIENTS, keeps=False)) as load,
    ):
        assert soon(lambda: load.answered >= requests, LONGEST_LOAD_SECONDS), "the load is too slow"
        _, _, seconds = end(server, 10 * GRACE_SECONDS)
        time.sleep(0.1)
    return load, seconds

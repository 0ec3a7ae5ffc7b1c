"""SIGKILL of one of two workers, over and over, under load."""

import os
import random
import signal
import time

from tests.stress.figure import Figure, longest
from tests.stress.load import Clients, Load, written
from tests.stress.shipped import MODELS
from tests.support.payloads import TASKS, row_of
from tests.support.servers.processes import find_workers, free_port, running, soon
from tests.support.servers.raw_socket import answers_in, connect

MOST_LOST_SHARE = 0.001
MOST_SECONDS = 10
CLIENTS = 2
# Every client of both kinds waits for one answer at a time.
UNDER_WAY = 2 * CLIENTS
# Between two kills, so that the next one, too, meets two workers at work.
RESTART_DELAY_SECONDS = 1.5
SEED = 5

REQUESTS = tuple(written(task, row_of(task)) for task in TASKS)
ASK = b"GET /health/ready HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"


def kill_workers(form):
    """Kill a worker at a random moment, wait until another one answers in its place, and so on."""
    load, seconds = kill_under_load(form.kills)
    lost, sent, statuses = len(load.lost), load.sent, sorted(load.seconds)
    return [
        Figure(
            f"SIGKILL of a worker, {form.kills} times",
            f"no request lost but those under way: at most {UNDER_WAY} each time",
            f"{lost} lost, statuses {statuses}, {load.refused} refused",
            lost <= UNDER_WAY * form.kills and statuses == [200],
        ),
        Figure(
            "lost of all that was sent meanwhile",
            "at most .1 %",
            f"{lost} of {sent:,} ({100 * lost / sent:.3f} %)",
            lost <= MOST_LOST_SHARE * sent,
        ),
        longest("full capacity after it", seconds, MOST_SECONDS),
    ]


def kill_under_load(kills):
    """Give the load, and the time from each kill to full capacity."""
    port, seconds, chance = free_port(), [], random.Random(SEED)
    with running(MODELS, port, "--workers", 2) as server:
        assert soon(lambda: len(answering(port)) == 2, MOST_SECONDS)
        load = Load(
            port, Clients(REQUESTS, CLIENTS), Clients(REQUESTS, CLIENTS, keeps=False, pause_seconds=0.002)
        )
        with load:
            for _ in range(kills):
                time.sleep(RESTART_DELAY_SECONDS * chance.uniform(0.5, 1.5))
                seconds.append(seconds_to_full_capacity(server, port, chance))
            time.sleep(RESTART_DELAY_SECONDS)
    return load, seconds


def seconds_to_full_capacity(server, port, chance):
    """Kill one worker; give the time until two have answered that were not killed."""
    before = answering(port)
    os.kill(chance.choice(find_workers(server)), signal.SIGKILL)
    started, later = time.monotonic(), set()

    def is_full():
        later.update({process_that_answers(port)} - {None})
        # The killed one answers no more, so one of two is new.
        return len(later) == 2 and later != before

    is_in_time = soon(is_full, 2 * MOST_SECONDS)
    return time.monotonic() - started if is_in_time else float("inf")


def answering(port):
    """Give the names of the processes that answer some new connections."""
    return {process_that_answers(port) for _ in range(40)} - {None}


def process_that_answers(port):
    """Give the name that stands at the beginning of every request id of one process; None without answer."""
    try:
        with connect(port, 5) as client:
            client.sendall(ASK)
            content = b""
            while more := client.recv(4096):
                content += more
    except OSError:
        return None
    return next((one.headers["x-request-id"].rpartition("-")[0] for one in answers_in(content)), None)

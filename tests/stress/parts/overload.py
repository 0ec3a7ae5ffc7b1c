"""Ten times as many requests at once as the server takes, one after another without a pause."""

import statistics
import time

from tests.stress.figure import Figure, p99
from tests.stress.load import Clients, Load, written
from tests.stress.shipped import running_apart
from tests.support.payloads import row_of
from tests.support.requests.raw_post import Post

CONCURRENCY, QUEUE = 1, 1
CLIENTS = 10 * (CONCURRENCY + QUEUE)
DEADLINE_SECONDS = 1
MOST_REFUSED_MS = 10
ROUND_SECONDS = 1

ASKING = Clients((written("stroke", row_of("stroke")),), CLIENTS)
WATCHING = Clients((Post(b"/health/ready", b"", method=b"GET").written(),), 1, pause_seconds=0.02)


def overload(form):
    """Judge by what the clients of all rounds saw."""
    loads, disturbance = press(round(form.overload_seconds / ROUND_SECONDS))
    accepted = [seconds for load in loads for seconds in load.seconds_of[ASKING][200]]
    refused = [load.seconds_of[ASKING][503] for load in loads]
    health = {status for load in loads for status in load.seconds_of[WATCHING]}
    return [
        Figure(
            f"{CLIENTS} requests at once where {CONCURRENCY + QUEUE} are taken",
            f"accepted p99 within {DEADLINE_SECONDS} s",
            f"{1e3 * p99(accepted):.1f} ms, {len(accepted):,} accepted",
            p99(accepted) <= DEADLINE_SECONDS,
            is_timed=True,
        ),
        judge_refusals(refused, disturbance),
        Figure("health meanwhile", "200", f"{sorted(health)}", health == {200}),
    ]


def press(rounds):
    """Give the loads of so many rounds on one server, and what disturbed it."""
    loads = []
    with running_apart(
        APP_CONCURRENCY=str(CONCURRENCY),
        APP_QUEUE=str(QUEUE),
        APP_REQUEST_TIMEOUT_SECONDS=str(DEADLINE_SECONDS),
    ) as server:
        for _ in range(rounds):
            with Load(server.port, ASKING, WATCHING) as load:
                time.sleep(ROUND_SECONDS)
            assert not load.lost, load.lost[:3]
            assert set(load.seconds_of[ASKING]) == {200, 503}, f"statuses {sorted(load.seconds)}"
            loads.append(load)
        return loads, server.disturbance()


def judge_refusals(rounds, disturbance):
    p99s_ms = [1e3 * p99(seconds) for seconds in rounds]
    refused_ms = [1e3 * seconds for of_round in rounds for seconds in of_round]
    return Figure(
        "the rest of them",
        f"503, p99 within {MOST_REFUSED_MS} ms",
        f"{p99(refused_ms):.1f} ms ({min(p99s_ms):.1f} to {max(p99s_ms):.1f} in {len(rounds)} rounds); "
        f"median {statistics.median(refused_ms):.1f} ms, {len(refused_ms):,} refused; {disturbance}",
        p99(refused_ms) <= MOST_REFUSED_MS,
        is_timed=True,
    )

"""Ten times as many requests at the same time as the server accepts, without pauses."""

import statistics
import time

from tests.stress.load import Clients, Load, predict_request
from tests.stress.pinned_server import running_pinned
from tests.stress.result import Result, p99
from tests.support.payloads import row_of
from tests.support.requests.raw_post import Post

CONCURRENCY, QUEUE = 1, 1
ACCEPTED = CONCURRENCY + QUEUE
CLIENTS = 10 * ACCEPTED
TIMEOUT_SECONDS = 1
MAX_REJECTION_MS = 10
ROUND_SECONDS = 1

PREDICTING = Clients((predict_request("stroke", row_of("stroke")),), CLIENTS)
HEALTH_CHECKING = Clients((Post(b"/health/ready", b"", method=b"GET").written(),), 1, pause_seconds=0.02)


def overload_server(profile):
    """Evaluate the response times of all rounds together."""
    loads, wait = run_rounds(round(profile.overload_seconds / ROUND_SECONDS))
    accepted = [seconds for load in loads for seconds in load.seconds_by_group[PREDICTING][200]]
    rejected = [load.seconds_by_group[PREDICTING][503] for load in loads]
    health = {status for load in loads for status in load.seconds_by_group[HEALTH_CHECKING]}
    return [
        Result(
            f"accepted, of {CLIENTS} requests at once where {ACCEPTED} are accepted",
            f"p99 at most {TIMEOUT_SECONDS} s",
            f"{1e3 * p99(accepted):.1f} ms, {len(accepted):,} accepted",
            p99(accepted) <= TIMEOUT_SECONDS,
            is_timed=True,
        ),
        evaluate_rejections(rejected, wait),
        Result("health checks during overload", "status 200", f"{sorted(health)}", health == {200}),
    ]


def run_rounds(rounds):
    """Give the load of each round on one server, and how long the server waited for its core."""
    loads = []
    with running_pinned(
        APP_CONCURRENCY=str(CONCURRENCY),
        APP_QUEUE=str(QUEUE),
        APP_REQUEST_TIMEOUT_SECONDS=str(TIMEOUT_SECONDS),
    ) as server:
        for _ in range(rounds):
            with Load(server.port, PREDICTING, HEALTH_CHECKING) as load:
                time.sleep(ROUND_SECONDS)
            assert not load.lost, load.lost[:3]
            assert set(load.seconds_by_group[PREDICTING]) == {200, 503}, f"statuses {sorted(load.seconds)}"
            loads.append(load)
        return loads, server.describe_wait()


def evaluate_rejections(rounds, wait):
    p99s_ms = [1e3 * p99(seconds) for seconds in rounds]
    rejected_ms = [1e3 * seconds for round_seconds in rounds for seconds in round_seconds]
    return Result(
        "rejected, of the same requests",
        f"status 503, p99 at most {MAX_REJECTION_MS} ms",
        f"{p99(rejected_ms):.1f} ms ({min(p99s_ms):.1f} to {max(p99s_ms):.1f} in {len(rounds)} rounds); "
        f"median {statistics.median(rejected_ms):.1f} ms, {len(rejected_ms):,} rejected; {wait}",
        p99(rejected_ms) <= MAX_REJECTION_MS,
        is_timed=True,
    )

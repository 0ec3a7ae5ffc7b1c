"""Ten times as many requests at once as the server takes, one after another without a pause."""

import statistics
import time

from tests.payloads import row_of
from tests.raw_post import Post
from tests.torture.figure import Figure, p99
from tests.torture.load import Clients, Load, written
from tests.torture.shipped import running_apart

CONCURRENCY, QUEUE = 1, 1
CLIENTS = 10 * (CONCURRENCY + QUEUE)
DEADLINE_SECONDS = 1
MOST_REFUSED_MS = 10
ROUND_SECONDS = 1

ASKING = Clients((written("stroke", row_of("stroke")),), CLIENTS)
WATCHING = Clients((Post(b"/health/ready", b"", method=b"GET").written(),), 1, pause_seconds=0.02)


def overload(form):
    """Judge what was refused by the middle one of some rounds, as each client saw it."""
    accepted, refused, health = [], [], set()
    rounds = round(form.overload_seconds / ROUND_SECONDS)
    with running_apart(
        APP_CONCURRENCY=str(CONCURRENCY),
        APP_QUEUE=str(QUEUE),
        APP_REQUEST_TIMEOUT_SECONDS=str(DEADLINE_SECONDS),
    ) as port:
        for _ in range(rounds):
            with Load(port, ASKING, WATCHING) as load:
                time.sleep(ROUND_SECONDS)
            seconds = load.seconds_of[ASKING]
            assert not load.lost
            assert set(seconds) == {200, 503}, f"statuses {sorted(seconds)}"
            accepted += seconds[200]
            refused.append(seconds[503])
            health |= set(load.seconds_of[WATCHING])
    p99s_ms = [1e3 * p99(times) for times in refused]
    middle_ms = statistics.median(p99s_ms)
    median_ms = 1e3 * statistics.median(seconds for times in refused for seconds in times)
    return [
        Figure(
            f"{CLIENTS} requests at once where {CONCURRENCY + QUEUE} are taken",
            f"accepted p99 within {DEADLINE_SECONDS} s",
            f"{1e3 * p99(accepted):.1f} ms, {len(accepted):,} accepted",
            p99(accepted) <= DEADLINE_SECONDS,
            is_timed=True,
        ),
        Figure(
            "the rest of them",
            f"503, p99 within {MOST_REFUSED_MS} ms",
            f"{middle_ms:.1f} ms in the middle one of {rounds} rounds ({min(p99s_ms):.1f} to "
            f"{max(p99s_ms):.1f}); median {median_ms:.1f} ms, {sum(map(len, refused)):,} refused",
            middle_ms <= MOST_REFUSED_MS,
            is_timed=True,
        ),
        Figure("health meanwhile", "200", f"{sorted(health)}", health == {200}),
    ]

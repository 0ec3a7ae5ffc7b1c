"""From the start of the process to the first 200 of /health/ready, and memory after many requests."""

import time
from functools import partial

from benchmarks import contenders
from benchmarks.form import Form
from benchmarks.load import press
from benchmarks.machine import cores
from benchmarks.rounds import Spread, take_turns
from benchmarks.servers import Contender, running
from benchmarks.tables import number, spread, spread_heads, table

GOAL_START = "0.7 s, and a fifth"
GOAL_MEMORY = "80 MB"
CONNECTIONS = 16
BURST_SECONDS = 5


def measure_start(form: Form) -> str:
    """Start both servers in turns."""
    pair = (contenders.ours(), contenders.pipeline())
    turns = {contender.name: partial(_start_seconds, contender) for contender in pair}
    found = take_turns(turns, form.starts)
    ours, theirs = (found[contender.name] for contender in pair)
    rows = [
        [pair[0].name, *spread(Spread.of(ours)), *[""] * 3, GOAL_START],
        [pair[1].name, *spread(Spread.of(theirs)), *spread(Spread.of_ratios(ours, theirs)), ""],
    ]
    return table(["server", *spread_heads("seconds"), *spread_heads("our time / its time"), "goal"], rows)


def _start_seconds(contender: Contender) -> float:
    first, _ = cores()
    with running(contender, [first]) as server:
        return server.seconds_to_ready


def measure_memory(form: Form) -> str:
    """Weigh both servers before and after many requests."""
    asked = (
        (contenders.ours(), form.requests_before_memory, GOAL_MEMORY),
        (contenders.pipeline(), form.pipeline_requests_before_memory, ""),
    )
    rows = [[contender.name, *_weigh(contender, requests, form), goal] for contender, requests, goal in asked]
    return table(["server", "MB when ready", "after", "requests", "goal"], rows)


def _weigh(contender: Contender, requests: int, form: Form) -> list[str]:
    first, second = cores()
    with running(contender, [first]) as server:
        before, answered = server.resident_mb(), 0
        deadline = time.monotonic() + form.memory_seconds
        while answered < requests and time.monotonic() < deadline:
            answered += press(server.url, contender.body(), CONNECTIONS, BURST_SECONDS, [second]).requests
        return [number(before), number(server.resident_mb()), f"{answered:,}"]

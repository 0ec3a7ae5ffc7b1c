"""From the start of the process to the first 200 of /health/ready."""

from functools import partial

from benchmarks.form import Form
from benchmarks.launch import contenders
from benchmarks.launch.servers import Contender, running
from benchmarks.measurement.machine import cores
from benchmarks.measurement.rounds import Spread, take_turns
from benchmarks.measurement.tables import spread, spread_heads, table

GOAL = "0.7 s, and a fifth"


def measure_start(form: Form) -> str:
    """Start both servers in turns."""
    pair = (contenders.ours(), contenders.pipeline())
    batch_queue = {contender.name: partial(_start_seconds, contender) for contender in pair}
    found = take_turns(batch_queue, form.starts)
    ours, theirs = (found[contender.name] for contender in pair)
    rows = [
        [pair[0].name, *spread(Spread.of(ours)), *[""] * 3, GOAL],
        [pair[1].name, *spread(Spread.of(theirs)), *spread(Spread.of_ratios(ours, theirs)), ""],
    ]
    return table(["server", *spread_heads("seconds"), *spread_heads("our time / its time"), "goal"], rows)


def _start_seconds(contender: Contender) -> float:
    first, _ = cores()
    with running(contender, [first]) as server:
        return server.seconds_to_ready

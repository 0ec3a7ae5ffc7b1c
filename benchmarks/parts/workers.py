"""Two workers on two cores against one; the load, too, runs on those cores, but yields to the servers."""

from contextlib import ExitStack
from functools import partial

from benchmarks.form import Form
from benchmarks.launch import contenders
from benchmarks.launch.servers import Server, running
from benchmarks.measurement.load import press
from benchmarks.measurement.machine import cores
from benchmarks.measurement.rounds import Spread, take_turns
from benchmarks.measurement.tables import spread, spread_heads, table

CONNECTIONS = 64
GOAL = "1.8"


def measure_workers(form: Form) -> str:
    """Press one worker and two, in turns."""
    with ExitStack() as stack:
        servers = [stack.enter_context(running(contenders.ours(workers), cores())) for workers in (1, 2)]
        batch_queue = {server.contender.name: partial(_rate, server, form) for server in servers}
        one, two = take_turns(batch_queue, form.rounds).values()
    rows = [
        ["1", *spread(Spread.of(one)), *[""] * 4],
        ["2", *spread(Spread.of(two)), *spread(Spread.of_ratios(two, one)), GOAL],
    ]
    return table(["workers", *spread_heads("requests/s"), *spread_heads("ratio"), "goal"], rows)


def _rate(server: Server, form: Form) -> float:
    return press(server.url, server.contender.body(), CONNECTIONS, form.seconds, cores()).requests_per_second

"""Two workers on two cores against one; the load generator shares the cores with the lowest priority."""

from contextlib import ExitStack
from functools import partial

from benchmarks.launch import specs
from benchmarks.launch.servers import Server, running
from benchmarks.measurement.load import run_load
from benchmarks.measurement.machine import cores
from benchmarks.measurement.rounds import Spread, alternate
from benchmarks.measurement.tables import spread, spread_headers, table
from benchmarks.run_length import RunLength

CONNECTIONS = 64
GOAL = "1.8"


def measure_workers(length: RunLength) -> str:
    """Send the same load to one worker and to two, alternately."""
    with ExitStack() as stack:
        servers = [stack.enter_context(running(specs.ours(workers), cores())) for workers in (1, 2)]
        measurements = {server.spec.name: partial(_rate, server, length) for server in servers}
        one, two = alternate(measurements, length.rounds).values()
    rows = [
        ["1", *spread(Spread.of(one)), *[""] * 4],
        ["2", *spread(Spread.of(two)), *spread(Spread.of_ratios(two, one)), GOAL],
    ]
    return table(["workers", *spread_headers("requests/s"), *spread_headers("ratio"), "goal"], rows)


def _rate(server: Server, length: RunLength) -> float:
    return run_load(server.url, server.spec.body(), CONNECTIONS, length.seconds, cores()).requests_per_second

"""Many rows a request: rows a second on one core, of this service and of the pipeline."""

import json
from contextlib import ExitStack
from functools import partial

from benchmarks.launch import specs
from benchmarks.launch.servers import Server, running
from benchmarks.measurement.load import run_load
from benchmarks.measurement.machine import cores
from benchmarks.measurement.rounds import Spread, alternate
from benchmarks.measurement.tables import number, spread, spread_headers, table
from benchmarks.run_length import RunLength
from benchmarks.workload import draw_rows

# Rows a request, and the percentage of rows without a value in a nullable column.
SIZES = ((1, 0), (10, 0), (100, 0), (1000, 0), (1000, 4))
CONNECTIONS = 4
GOALS = {(1000, 0): "200,000 rows/s, 5 x"}
HEADER = ["rows a request", *spread_headers("rows/s"), "pipeline (median)", *spread_headers("ratio"), "goal"]


def measure_batch(length: RunLength) -> str:
    """Send batches of each size to both servers."""
    first, _ = cores()
    with ExitStack() as stack:
        servers = [stack.enter_context(running(spec, [first])) for spec in (specs.ours(), specs.pipeline())]
        shorter = length.for_many_comparisons()
        return table(HEADER, [_measure_size(servers, count, missing, shorter) for count, missing in SIZES])


def _measure_size(servers: list[Server], count: int, missing: int, length: RunLength) -> list[str]:
    body = json.dumps({"instances": draw_rows(count, missing / 100)}).encode()
    measurements = {
        server.spec.name: partial(_rows_per_second, server, body, count, length) for server in servers
    }
    ours, theirs = alternate(measurements, length.rounds).values()
    name = f"{count:,}" + (f", {missing} % without a value" if missing else "")
    median = number(Spread.of(theirs).median)
    ratio = spread(Spread.of_ratios(ours, theirs))
    return [name, *spread(Spread.of(ours)), median, *ratio, GOALS.get((count, missing), "")]


def _rows_per_second(server: Server, body: bytes, count: int, length: RunLength) -> float:
    _, second = cores()
    load = run_load(server.batch_url, body, CONNECTIONS, length.seconds, [second])
    return load.requests_per_second * count

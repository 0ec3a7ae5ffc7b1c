"""Many rows a request: rows a second on one core, ours and the pipeline's."""

import json
from contextlib import ExitStack
from functools import partial

from benchmarks.case import draw_rows
from benchmarks.form import Form
from benchmarks.launch import contenders
from benchmarks.launch.servers import Server, running
from benchmarks.measurement.load import press
from benchmarks.measurement.machine import cores
from benchmarks.measurement.rounds import Spread, take_turns
from benchmarks.measurement.tables import number, spread, spread_heads, table

# Rows a request, and how many of them in a hundred have no value in a nullable column.
SIZES = ((1, 0), (10, 0), (100, 0), (1000, 0), (1000, 4))
CONNECTIONS = 4
GOALS = {(1000, 0): "200,000 rows/s, 5 x"}
HEAD = ["rows a request", *spread_heads("rows/s"), "pipeline (median)", *spread_heads("ratio"), "goal"]


def measure_batch(form: Form) -> str:
    """Press both servers with batches of each size."""
    first, _ = cores()
    with ExitStack() as stack:
        servers = [
            stack.enter_context(running(contender, [first]))
            for contender in (contenders.ours(), contenders.pipeline())
        ]
        return table(
            HEAD, [_measure_size(servers, count, missing, form.for_many()) for count, missing in SIZES]
        )


def _measure_size(servers: list[Server], count: int, missing: int, form: Form) -> list[str]:
    body = json.dumps({"instances": draw_rows(count, missing / 100)}).encode()
    rates = {
        server.contender.name: partial(_rows_per_second, server, body, count, form) for server in servers
    }
    ours, theirs = take_turns(rates, form.rounds).values()
    name = f"{count:,}" + (f", {missing} in 100 lack a value" if missing else "")
    typical = number(Spread.of(theirs).median)
    ratio = spread(Spread.of_ratios(ours, theirs))
    return [name, *spread(Spread.of(ours)), typical, *ratio, GOALS.get((count, missing), "")]


def _rows_per_second(server: Server, body: bytes, count: int, form: Form) -> float:
    _, second = cores()
    return press(server.batch_url, body, CONNECTIONS, form.seconds, [second]).requests_per_second * count

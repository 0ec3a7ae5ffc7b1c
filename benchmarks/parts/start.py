"""The time from the start of the process to the first 200 of /health/ready."""

from functools import partial

from benchmarks.launch import specs
from benchmarks.launch.servers import ServerSpec, running
from benchmarks.measurement.machine import cores
from benchmarks.measurement.rounds import Spread, alternate
from benchmarks.measurement.tables import spread, spread_headers, table
from benchmarks.run_length import RunLength

GOAL = "0.7 s, and a fifth"


def measure_start(length: RunLength) -> str:
    """Start this service and the server of the pipeline alternately."""
    pair = (specs.ours(), specs.pipeline())
    measurements = {spec.name: partial(_start_seconds, spec) for spec in pair}
    seconds = alternate(measurements, length.starts)
    ours, theirs = (seconds[spec.name] for spec in pair)
    rows = [
        [pair[0].name, *spread(Spread.of(ours)), *[""] * 3, GOAL],
        [pair[1].name, *spread(Spread.of(theirs)), *spread(Spread.of_ratios(ours, theirs)), ""],
    ]
    return table(["server", *spread_headers("seconds"), *spread_headers("our time / its time"), "goal"], rows)


def _start_seconds(spec: ServerSpec) -> float:
    first, _ = cores()
    with running(spec, [first]) as server:
        return server.seconds_to_ready

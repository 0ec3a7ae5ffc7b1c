"""One row a request: against servers with a constant response, and against this service with request log."""

from contextlib import ExitStack

from benchmarks.launch import specs
from benchmarks.launch.servers import running
from benchmarks.measurement.machine import cores
from benchmarks.measurement.tables import table
from benchmarks.parts.requests import HEADER, compare
from benchmarks.run_length import RunLength

GOALS = {"bare ASGI function, constant": ".45", "FastAPI route, constant": "1.4, p99 <= 1"}


def measure_single(length: RunLength) -> str:
    """Compare with a bare ASGI function, with a FastAPI route, and with this service with its request log."""
    first, _ = cores()
    with ExitStack() as stack:
        ours = stack.enter_context(running(specs.ours(), [first]))
        constant_response = {"BENCHMARK_ANSWER": ours.predict().decode()}
        others = [
            stack.enter_context(running(spec, [first], constant_response))
            for spec in (specs.bare(), specs.constant(), specs.ours_with_log())
        ]
        return table(HEADER, compare([ours, *others], length, GOALS))

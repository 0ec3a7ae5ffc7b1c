"""One row a request, against servers that do not compute anything, and against ours with its log."""

from contextlib import ExitStack

from benchmarks.form import Form
from benchmarks.launch import contenders
from benchmarks.launch.servers import running
from benchmarks.measurement.machine import cores
from benchmarks.measurement.tables import table
from benchmarks.parts.requests import HEAD, compare

GOALS = {"bare ASGI function, constant": ".45", "FastAPI route, constant": "1.4, p99 <= 1"}


def measure_single(form: Form) -> str:
    """Compare with a bare ASGI function and a FastAPI route, both constant, and with ours that logs."""
    first, _ = cores()
    with ExitStack() as stack:
        here = stack.enter_context(running(contenders.ours(), [first]))
        told = {"BENCHMARK_ANSWER": here.ask().decode()}
        others = [
            stack.enter_context(running(contender, [first], told))
            for contender in (contenders.bare(), contenders.constant(), contenders.ours_with_log())
        ]
        return table(HEAD, compare([here, *others], form, GOALS))

"""Where the time of one request goes, in this process: no socket, no uvicorn."""

import asyncio
import json
import time
from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from typing import Any

import uvloop

from app.application import create_app
from app.inference.batching import BatchQueue
from app.settings import Settings
from benchmarks.case import MODELS, ROW, draw_rows
from benchmarks.form import Form
from benchmarks.launch.contenders import PREDICT
from benchmarks.measurement import anatomy
from benchmarks.measurement.anatomy import Anatomy, Work
from benchmarks.measurement.in_process import Call
from benchmarks.measurement.rounds import take_turns
from benchmarks.measurement.tables import number, table

ALL_STAGES = "all of these"
WHOLE = "whole request"
AT_ONCE = 16
AMONG_OTHERS = f"whole request, one of {AT_ONCE} at once"
LINES = (*anatomy.STAGES, ALL_STAGES, anatomy.AS_ONE_CALL, WHOLE, AMONG_OTHERS)

BATCH_ROWS = 1_000
FEW_ROWS = (1, 2, 4, 8, 16)
# So few that a round takes some milliseconds, and many go undisturbed.
REPEATS, REQUESTS, BATCHES = 200, 2 * AT_ONCE, 1
ROUNDS_PER_ROUND = 20

# Gives the mean microseconds of some repeats.
Timer = Callable[[], float]


def measure_stages(form: Form) -> str:
    """Time each stage in turns with the others, and the whole of it through the application."""
    server, rounds = Anatomy(), form.rounds * ROUNDS_PER_ROUND
    row = with_sum(least(timers_of_row(server), rounds))
    batch = with_sum(least(timers_of_batch(server), rounds))
    stages = [
        [name, _cell(row.get(name)), _cell(batch.get(name)), _cell(batch.get(name), BATCH_ROWS)]
        for name in LINES
    ]
    head = ["microseconds, the least", "one row", f"{BATCH_ROWS:,} rows", "for each of them"]
    return "\n\n".join([table(head, stages), compare_ways(server, rounds)])


def timers_of_row(server: Anatomy) -> dict[str, Timer]:
    """Give what times the stages of a call for one row, and that call through the application."""
    body = json.dumps(ROW).encode()
    call = Call(create_app(Settings(models_dir=MODELS)), PREDICT, body)
    return {
        **{name: _timer(work, REPEATS) for name, work in server.stages_of_row(body).items()},
        anatomy.TURN: lambda: run(turn_microseconds()),
        WHOLE: lambda: run(call.microseconds(REQUESTS)),
        AMONG_OTHERS: lambda: run(call.microseconds_together(AT_ONCE, REQUESTS // AT_ONCE)),
    }


def timers_of_batch(server: Anatomy) -> dict[str, Timer]:
    """Give what times the stages of a call for many rows, and that call through the application."""
    body = json.dumps({"instances": draw_rows(BATCH_ROWS)}).encode()
    call = Call(create_app(Settings(models_dir=MODELS)), f"{PREDICT}/batch", body)
    return {
        **{name: _timer(work, BATCHES) for name, work in server.stages_of_batch(body).items()},
        WHOLE: lambda: run(call.microseconds(BATCHES)),
    }


class NoPredictor:
    """Takes no time to predict."""

    def predict(self, rows: list[None], _error_rate: float) -> list[None]:
        """Give the rows back."""
        return rows


async def turn_microseconds() -> float:
    """Give the mean time that one request waits for its turn where there is no other."""
    batch_queue, predictor = BatchQueue(rows=1, max_requests=1, timeout_seconds=1), NoPredictor()
    started = time.perf_counter_ns()
    for _ in range(REQUESTS):
        await batch_queue.predict(predictor, [None], 0.1, time.perf_counter())  # type: ignore[arg-type, list-item]
    return (time.perf_counter_ns() - started) / REQUESTS / 1e3


def compare_ways(server: Anatomy, rounds: int) -> str:
    """Time both ways from rows to probabilities; where they cross, `predictor` takes the other way."""
    rows = [
        [str(count), *(number(of_way) for of_way in least(timers, rounds).values())]
        for count in FEW_ROWS
        for timers in [{name: _timer(partial(way, count), REPEATS) for name, way in server.ways().items()}]
    ]
    return table(["rows to probabilities, microseconds", *server.ways()], rows)


def least(timers: Mapping[str, Timer], rounds: int) -> dict[str, float]:
    """Time in turns, and give the least of each."""
    return {name: min(times) for name, times in take_turns(timers, rounds).items()}


def with_sum(times: Mapping[str, float]) -> dict[str, float]:
    """Add what all stages take together."""
    return {**times, ALL_STAGES: sum(times.get(name, 0) for name in anatomy.STAGES)}


def run(timing: Coroutine[Any, Any, float]) -> float:
    """Run on the event loop that the server has."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(timing)


def _timer(work: Work, repeats: int) -> Timer:
    def microseconds() -> float:
        started = time.perf_counter_ns()
        for _ in range(repeats):
            work()
        return (time.perf_counter_ns() - started) / repeats / 1e3

    return microseconds


def _cell(microseconds: float | None, rows: int = 1) -> str:
    return "" if microseconds is None else number(microseconds / rows)

"""The time of each stage of one request in this process, without socket and uvicorn."""

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
from benchmarks.launch.specs import PREDICT
from benchmarks.measurement import stages
from benchmarks.measurement.in_process import Call
from benchmarks.measurement.rounds import alternate
from benchmarks.measurement.stages import RequestStages, Work
from benchmarks.measurement.tables import number, table
from benchmarks.run_length import RunLength
from benchmarks.workload import MODELS, ROW, draw_rows

SUM = "sum of these stages"
WHOLE_REQUEST = "whole request"
CONCURRENT = 16
CONCURRENT_REQUEST = f"whole request, {CONCURRENT} concurrent"
LINES = (*stages.STAGES, SUM, stages.PREDICT_CALL, WHOLE_REQUEST, CONCURRENT_REQUEST)

BATCH_ROWS = 1_000
FEW_ROWS = (1, 2, 4, 8, 16)
# A round of so few repeats takes milliseconds, so that many rounds are undisturbed.
REPEATS, REQUESTS, BATCHES = 200, 2 * CONCURRENT, 1
ROUNDS_PER_ROUND = 20

# Returns the mean microseconds of some repeats.
Timer = Callable[[], float]


def measure_stages(length: RunLength) -> str:
    """Time each stage and the whole request alternately."""
    request, rounds = RequestStages(), length.rounds * ROUNDS_PER_ROUND
    row = with_sum(minimum_times(row_timers(request), rounds))
    batch = with_sum(minimum_times(batch_timers(request), rounds))
    lines = [
        [name, _cell(row.get(name)), _cell(batch.get(name)), _cell(batch.get(name), BATCH_ROWS)]
        for name in LINES
    ]
    header = ["microseconds, minimum", "one row", f"{BATCH_ROWS:,} rows", "per row"]
    return "\n\n".join([table(header, lines), compare_code_paths(request, rounds)])


def row_timers(request: RequestStages) -> dict[str, Timer]:
    """Return timers of the stages of a request for one row, and of that request through the application."""
    body = json.dumps(ROW).encode()
    call = Call(create_app(Settings(models_dir=MODELS)), PREDICT, body)
    return {
        **{name: _timer(work, REPEATS) for name, work in request.of_row(body).items()},
        stages.QUEUE: lambda: run(queue_microseconds()),
        WHOLE_REQUEST: lambda: run(call.microseconds(REQUESTS)),
        CONCURRENT_REQUEST: lambda: run(call.microseconds_concurrent(CONCURRENT, REQUESTS // CONCURRENT)),
    }


def batch_timers(request: RequestStages) -> dict[str, Timer]:
    """Return timers of the stages of a request for many rows, and of that request through the application."""
    body = json.dumps({"instances": draw_rows(BATCH_ROWS)}).encode()
    call = Call(create_app(Settings(models_dir=MODELS)), f"{PREDICT}/batch", body)
    return {
        **{name: _timer(work, BATCHES) for name, work in request.of_batch(body).items()},
        WHOLE_REQUEST: lambda: run(call.microseconds(BATCHES)),
    }


class NoPredictor:
    """Takes no time to predict."""

    def predict(self, rows: list[None], _error_rate: float) -> list[None]:
        """Return the rows."""
        return rows


async def queue_microseconds() -> float:
    """Return the mean time that a request spends in the batch queue without other requests."""
    batch_queue, predictor = BatchQueue(rows=1, max_requests=1, timeout_seconds=1), NoPredictor()
    started = time.perf_counter_ns()
    for _ in range(REQUESTS):
        await batch_queue.predict(predictor, [None], 0.1, time.perf_counter())  # type: ignore[arg-type, list-item]
    return (time.perf_counter_ns() - started) / REQUESTS / 1e3


def compare_code_paths(request: RequestStages, rounds: int) -> str:
    """Time both code paths from rows to probabilities; `predictor` switches where they cross."""
    lines = [
        [str(count), *(number(time_) for time_ in minimum_times(timers, rounds).values())]
        for count in FEW_ROWS
        for timers in [
            {name: _timer(partial(path, count), REPEATS) for name, path in request.code_paths().items()}
        ]
    ]
    return table(["rows to probabilities, microseconds", *request.code_paths()], lines)


def minimum_times(timers: Mapping[str, Timer], rounds: int) -> dict[str, float]:
    """Run the timers alternately; return the minimum of each."""
    return {name: min(times) for name, times in alternate(timers, rounds).items()}


def with_sum(times: Mapping[str, float]) -> dict[str, float]:
    """Add the sum of all stages."""
    return {**times, SUM: sum(times.get(name, 0) for name in stages.STAGES)}


def run(timing: Coroutine[Any, Any, float]) -> float:
    """Run on the event loop of the server."""
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

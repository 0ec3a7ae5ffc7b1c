"""The cost of metrics: the same requests with metrics, with metrics and the log, and with neither."""

import asyncio
import json
import logging
import os
import time
from contextlib import contextmanager
from pathlib import Path

import uvloop

from app.application import create_app
from app.observability.log_writer import STDERR, STREAM
from app.observability.request_log import RequestLog
from app.settings import Settings
from benchmarks.measurement.in_process import Call, untraced
from tests.stress.result import Result
from tests.support.payloads import row_of
from tests.support.repository import MODELS

REQUESTS = 50
MAX_SHARE = 0.03


class DiscardingLog(RequestLog):
    """A request log that keeps no records."""

    def append(self, record):
        pass


class ReplaceableLog:
    """Stands in for the request log of one application; each measurement sends its records to another log."""

    def __init__(self, app):
        request_context = app.user_middleware[0]
        self.original = request_context.kwargs["request_log"]
        self._call = Call(app, "/predict/stroke", json.dumps(row_of("stroke")).encode())
        request_context.kwargs["request_log"] = self

    async def seconds_with(self, request_log):
        """Give the time of the requests and of the log's readers."""
        self.append = request_log.append
        started = time.perf_counter()
        for _ in range(REQUESTS):
            await self._call.answer()
        request_log.flush()
        return time.perf_counter() - started


def measure_cost_of_metrics(profile):
    """Compare the shortest of many rounds with each log; the rounds alternate between the logs."""
    replaceable = ReplaceableLog(create_app(Settings(models_dir=MODELS)))
    _, count = replaceable.original._consumers
    logs = [DiscardingLog([]), RequestLog([count]), replaceable.original]
    logging.getLogger("app").setLevel(logging.INFO)
    with (
        stderr_discarded(),
        untraced(),
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        neither, metrics, both = runner.run(minimum_seconds(replaceable, logs, profile.timing_rounds))
    share, share_with_log = (seconds / neither - 1 for seconds in (metrics, both))
    request_us = 1e6 * neither / REQUESTS
    return [
        Result(
            "cost of metrics, as a share of a request",
            "at most 3 %",
            f"{100 * share:.1f} % of {request_us:.1f} µs; {100 * share_with_log:.1f} % with the log",
            share <= MAX_SHARE,
            is_timed=True,
        )
    ]


@contextmanager
def stderr_discarded():
    saved = os.dup(STDERR)
    with Path(os.devnull).open("w") as null:
        os.dup2(null.fileno(), STDERR)
    try:
        yield
        STREAM.drain()
    finally:
        os.dup2(saved, STDERR)
        os.close(saved)


async def minimum_seconds(replaceable, logs, rounds):
    minimum = [float("inf")] * len(logs)
    for _ in range(rounds):
        for index, request_log in enumerate(logs):
            minimum[index] = min(minimum[index], await replaceable.seconds_with(request_log))
    return minimum

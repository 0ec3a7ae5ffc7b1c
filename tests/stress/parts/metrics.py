"""What counting costs: the same requests with metrics, with metrics and the log, and with neither."""

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
from tests.stress.figure import Figure
from tests.stress.shipped import MODELS
from tests.support.payloads import row_of

REQUESTS = 50
MOST_SHARE = 0.03


class Unread(RequestLog):
    """A journal that keeps nothing."""

    def append(self, record):
        pass


class Exchanged:
    """What the porch of one application writes to: now one journal, now another."""

    def __init__(self, app):
        porch = app.user_middleware[0]
        self.whole = porch.kwargs["request_log"]
        self._call = Call(app, "/predict/stroke", json.dumps(row_of("stroke")).encode())
        porch.kwargs["request_log"] = self

    async def seconds_with(self, request_log):
        """Time so many requests, and all that the readers of a journal do about them."""
        self.append = request_log.append
        started = time.perf_counter()
        for _ in range(REQUESTS):
            await self._call.answer()
        request_log.flush()
        return time.perf_counter() - started


def weigh_metrics(form):
    """Take the least of many rounds with each journal, in turns."""
    exchanged = Exchanged(create_app(Settings(models_dir=MODELS)))
    _, count = exchanged.whole._readers
    journals = [Unread([]), RequestLog([count]), exchanged.whole]
    logging.getLogger("app").setLevel(logging.INFO)
    with (
        log_to_nowhere(),
        untraced(),
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        nothing, counted, logged = runner.run(least_seconds(exchanged, journals, form.timings))
    metrics, both = (seconds / nothing - 1 for seconds in (counted, logged))
    return [
        Figure(
            "what metrics cost the hot path",
            "at most 3 %",
            f"{100 * metrics:.1f} % of {1e6 * nothing / REQUESTS:.1f} µs; {100 * both:.1f} % with the log",
            metrics <= MOST_SHARE,
            is_timed=True,
        )
    ]


@contextmanager
def log_to_nowhere():
    kept = os.dup(STDERR)
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), STDERR)
    try:
        yield
        STREAM.drain()
    finally:
        os.dup2(kept, STDERR)
        os.close(kept)


async def least_seconds(exchanged, journals, rounds):
    least = [float("inf")] * len(journals)
    for _ in range(rounds):
        for number, request_log in enumerate(journals):
            least[number] = min(least[number], await exchanged.seconds_with(request_log))
    return least

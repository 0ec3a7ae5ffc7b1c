"""The folds of all models, computed in several processes; results do not depend on how many there are.

Every process computes with one thread, so that sums are computed in the same order.
"""

import json
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from multiprocessing import get_context, resource_tracker

import joblib
import numpy as np
import torch
from threadpoolctl import threadpool_limits

from predictor.artefact.weights import Array
from predictor.tasks import find_tasks
from training.data.dataset import DataSet, Indices
from training.errors import TrainingError
from training.evaluation.folds.models import FoldModel
from training.evaluation.folds.resampling import Folds
from training.evaluation.folds.scores import Scores

Report = Callable[[str], None]
Job = tuple[FoldModel, Indices, Indices]


@dataclass(frozen=True)
class Scorer:
    """Fits models to folds of the data, and reports each model that is done."""

    data: DataSet
    report: Report
    pool: ProcessPoolExecutor | None = None

    def score(self, part: str, models: Sequence[FoldModel], folds: Folds) -> dict[str, Scores]:
        """Give the scores of each model on every fold, by its name."""
        started = time.perf_counter()
        results = self._map([(model, train, test) for model in models for train, test in folds])
        scores = {}
        for number, model in enumerate(models, 1):
            scores[model.name] = Scores(folds, tuple(next(results) for _ in folds))
            seconds = time.perf_counter() - started
            self.report(f"{part}: {number} of {len(models)} models ({model.name}), {seconds:.0f} s")
        self.report(f"{part}: took {time.perf_counter() - started:.0f} s.")
        return scores

    def _map(self, jobs: list[Job]) -> Iterator[Array]:
        if self.pool is None:
            return (_run(self.data, *job) for job in jobs)
        sent = _send(self.data)
        return self.pool.map(_run_sent, ((sent, *job) for job in jobs))


@contextmanager
def open_scorer(data: DataSet, report: Report, processes: int | None = None) -> Iterator[Scorer]:
    """Give a scorer with this many processes, by default one for each core; one is the process itself."""
    processes = processes or joblib.cpu_count()
    if processes == 1:
        yield Scorer(data, report)
        return
    pool = ProcessPoolExecutor(processes, get_context("spawn"))
    try:
        with _delayed_interrupts():
            # Each starts a process.
            for _ in range(processes):
                pool.submit(time.sleep, 0)
        yield Scorer(data, report, pool)
    except BrokenProcessPool:
        raise TrainingError(
            "A process of the comparison ended unexpectedly, probably because there is not enough memory."
        ) from None
    finally:
        pool.shutdown(cancel_futures=True)


@contextmanager
def _delayed_interrupts() -> Iterator[None]:
    """Start processes that never get Ctrl-C, which a terminal sends to all; this process ends them."""
    if sys.platform == "win32":
        yield
        return
    # Its start ends the delay, so it is started before.
    resource_tracker.ensure_running()
    interrupts: list[int] = []
    handler = signal.signal(signal.SIGINT, lambda number, _: interrupts.append(number))
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        signal.signal(signal.SIGINT, handler)
    if interrupts:
        raise KeyboardInterrupt


def _send(data: DataSet) -> str:
    """Give the data as JSON: another process has to load the files of the tasks before it can have rows."""
    names = {column.attribute: column.name for column in data.task.features.columns()}
    rows = [{names[key]: value for key, value in row.__dict__.items()} for row in data.rows]
    return json.dumps([data.task.name, rows, data.labels.tolist()])


@cache
def _receive(sent: str) -> DataSet:
    task_name, rows, labels = json.loads(sent)
    task = find_tasks()[task_name]
    return DataSet(task, tuple(map(task.features.model_validate, rows)), np.array(labels, dtype=np.int64))


def _run_sent(job: tuple[str, FoldModel, Indices, Indices]) -> Array:
    sent, model, train_rows, test_rows = job
    return _run(_receive(sent), model, train_rows, test_rows)


def _run(data: DataSet, model: FoldModel, train_rows: Indices, test_rows: Indices) -> Array:
    torch.set_num_threads(1)
    with threadpool_limits(1):
        return model.predict(data, train_rows, test_rows)

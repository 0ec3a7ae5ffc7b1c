"""The folds of all models, computed in several processes; results do not depend on how many there are.

Every process computes with one thread, so that sums are computed in the same order.
"""

import signal
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context

import joblib
import torch
from threadpoolctl import threadpool_limits

from predictor.artefact.weights import Array
from predictor.schema.column import Value
from predictor.tasks import find_tasks
from training.data.dataset import DataSet, Indices, Labels
from training.errors import TrainingError
from training.evaluation.folds.models import FoldModel
from training.evaluation.folds.resampling import Folds
from training.evaluation.folds.scores import Scores

Report = Callable[[str], None]
Job = tuple[FoldModel, Indices, Indices]

# The data of this process, which every job uses.
_received: list[DataSet] = []


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
        return self.pool.map(_run_received, jobs)


@contextmanager
def open_scorer(data: DataSet, report: Report, processes: int | None = None) -> Iterator[Scorer]:
    """Give a scorer with this many processes, by default one for each core; one is the process itself."""
    processes = processes or joblib.cpu_count()
    if processes == 1:
        yield Scorer(data, report)
        return
    pool = ProcessPoolExecutor(processes, get_context("spawn"), _receive, _send(data))
    try:
        yield Scorer(data, report, pool)
    except BrokenProcessPool:
        raise TrainingError(
            "A process of the comparison ended unexpectedly, probably because there is not enough memory."
        ) from None
    finally:
        pool.shutdown(cancel_futures=True)


def _send(data: DataSet) -> tuple[str, list[list[Value]], Labels]:
    """Give the data as plain values: another process has to load the files of the tasks first."""
    attributes = [column.attribute for column in data.task.features.columns()]
    return data.task.name, [[row.__dict__[name] for name in attributes] for row in data.rows], data.labels


def _receive(task_name: str, values: list[list[Value]], labels: Labels) -> None:
    # Ctrl-C goes to every process of the terminal, and the first one ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    task = find_tasks()[task_name]
    names = [column.name for column in task.features.columns()]
    rows = [task.features.model_validate(dict(zip(names, row, strict=True))) for row in values]
    _received.append(DataSet(task, tuple(rows), labels))


def _run_received(job: Job) -> Array:
    return _run(_received[0], *job)


def _run(data: DataSet, model: FoldModel, train_rows: Indices, test_rows: Indices) -> Array:
    torch.set_num_threads(1)
    with threadpool_limits(1):
        return model.predict(data, train_rows, test_rows)

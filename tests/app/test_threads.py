"""BLAS runs in one thread, because the arithmetic of one row is too small for several."""

import sys
from pathlib import Path

import pytest

from tests.support.payloads import TASKS, row_of
from tests.support.servers.processes import ask, running

TASK = next(iter(TASKS))
ROWS = 1_000


def threads_after_a_batch(models, port, requested):
    variables = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"), str(requested))
    with running(models, port, **variables) as server:
        answer = ask(port, f"/predict/{TASK}/batch", {"instances": [row_of(TASK)] * ROWS})
        assert len(answer["predictions"]) == ROWS
        return len(list(Path(f"/proc/{server.pid}/task").iterdir()))


@pytest.mark.skipif(sys.platform != "linux", reason="threads are counted in /proc")
def test_blas_has_one_thread_whatever_the_environment_requests(models, port):
    assert threads_after_a_batch(models, port, requested=8) == threads_after_a_batch(
        models, port, requested=1
    )

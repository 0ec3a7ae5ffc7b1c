"""The files of tasks in this clone, with those that this repository does not ship."""

import pytest

from predictor.tasks import read_tasks
from tests.support.payloads import TASKS

FOUND = read_tasks()


def test_the_shipped_tasks_have_no_mistakes():
    assert TASKS.keys() <= FOUND.valid.keys()
    assert not TASKS.keys() & FOUND.mistakes.keys()


def test_the_other_files_have_no_mistakes():
    # A mistake in a file of one's own is shown, but it is no fault of this repository.
    if FOUND.mistakes:
        pytest.skip(" ".join(map(str, FOUND.mistakes.values())))

"""The files of tasks in this clone, with those that this repository does not ship."""

import pytest

from predictor.tasks import read_tasks
from tests.support.payloads import TASKS

FOUND = read_tasks()


def test_the_shipped_tasks_have_no_mistakes():
    assert TASKS.keys() <= FOUND.valid.keys()
    assert not TASKS.keys() & FOUND.mistakes.keys()


@pytest.mark.parametrize("name", FOUND.mistakes)
def test_a_task_with_a_mistake_is_passed_over(name):
    pytest.skip(str(FOUND.mistakes[name]))

"""The files of recipes in this clone, with those that this repository does not ship."""

import pytest

from tests.support.payloads import TASKS
from training.recipes import read_task_recipes

FOUND = read_task_recipes()


def test_the_shipped_recipes_have_no_mistakes():
    assert TASKS.keys() <= FOUND.valid.keys()
    assert not TASKS.keys() & FOUND.mistakes.keys()


@pytest.mark.parametrize("name", FOUND.mistakes)
def test_recipes_with_a_mistake_are_passed_over(name):
    pytest.skip(str(FOUND.mistakes[name]))

"""The files of recipes in this clone, with those that this repository does not ship."""

import pytest

from tests.support.payloads import TASKS
from training.recipes import read_task_recipes

FOUND = read_task_recipes()


def test_the_shipped_recipes_have_no_mistakes():
    assert TASKS.keys() <= FOUND.valid.keys()
    assert not TASKS.keys() & FOUND.mistakes.keys()


def test_the_other_files_have_no_mistakes():
    # A mistake in a file of one's own is shown, but it is no fault of this repository.
    if FOUND.mistakes:
        pytest.skip(" ".join(map(str, FOUND.mistakes.values())))

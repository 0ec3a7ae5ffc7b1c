"""The processes that compute the folds: the same results, and one that ends unexpectedly."""

import os
from dataclasses import dataclass

import numpy as np
import pytest

from tests.support.training.folds import ONCE, TASK_RECIPES, quick_recipes, small
from training.data.dataset import read_data
from training.errors import TrainingError
from training.evaluation.folds.baselines import BOOSTED
from training.evaluation.folds.candidates import baseline_models, recipe_models
from training.evaluation.folds.models import FoldModel
from training.evaluation.folds.processes import open_scorer


@dataclass(frozen=True)
class EndedProcess:
    name: str = "ended"

    def predict(self, data, train_rows, test_rows):
        os._exit(1)


@pytest.fixture(scope="module")
def data(made_up_csv):
    return read_data(made_up_csv, TASK_RECIPES.task)


def scores_with(processes, data):
    recipes = quick_recipes()
    recipe = recipes.recipes["production"]
    models: list[FoldModel] = [
        *recipe_models(recipes, recipe),
        *baseline_models(recipes, recipe, data, tuple(map(small, BOOSTED))),
    ]
    lines: list[str] = []
    with open_scorer(data, lines.append, processes) as scorer:
        return scorer.score("Part", models, ONCE.folds(data.labels)), lines


def test_the_results_do_not_depend_on_the_number_of_processes(data):
    one, lines = scores_with(1, data)
    two, _ = scores_with(2, data)

    assert len(one) == 14
    assert list(one) == list(two)
    for name, of_one in one.items():
        for fold_of_one, fold_of_two in zip(of_one.probabilities, two[name].probabilities, strict=True):
            assert np.array_equal(fold_of_one, fold_of_two), name
    assert lines[0].startswith("Part: 1 of 14 models (this recipe), ")
    assert lines[-1].startswith("Part: took ")


def test_a_process_that_ends_unexpectedly_is_reported_in_one_line(data):
    with (
        pytest.raises(TrainingError, match=r"^A process of the comparison ended unexpectedly.*memory\.$"),
        open_scorer(data, lambda _: None, 2) as scorer,
    ):
        scorer.score("Part", [EndedProcess()], ONCE.folds(data.labels))

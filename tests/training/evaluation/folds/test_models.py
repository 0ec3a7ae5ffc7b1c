"""The fitted models: what imputation by the mean and by draws does with missing values."""

import numpy as np
import pytest

from tests.support.training.folds import ONCE, TASK_RECIPES, data_with_informative_missingness, quick_recipes
from training.data.dataset import read_data
from training.evaluation.folds.baselines import BOOSTED
from training.evaluation.folds.candidates import baseline_models
from training.evaluation.folds.known_rows import find_missing
from training.evaluation.folds.models import RecipeModel

PRODUCTION = TASK_RECIPES.recipes["production"]


@pytest.fixture(scope="module")
def informative():
    return data_with_informative_missingness()


@pytest.mark.parametrize("boosted", BOOSTED[:2], ids=lambda baseline: baseline.name)
def test_trees_read_missingness_from_the_mean_and_not_from_draws(informative, boosted):
    models = baseline_models(TASK_RECIPES, PRODUCTION, informative, [boosted])
    by_mean, by_draws = models[-2:]
    (train, test), *_ = ONCE.folds(informative.labels)
    missing = find_missing(informative)["bmi"][test]

    means = {
        model.name: model.predict(informative, train, test)[missing].mean() for model in (by_mean, by_draws)
    }

    share = informative.labels.mean()
    assert means[f"{boosted.name}, mean imputation"] > 1.5 * share
    assert means[f"{boosted.name}, draws"] < 1.25 * share


def test_draws_change_no_answer_for_a_row_that_is_known(informative):
    models = baseline_models(TASK_RECIPES, PRODUCTION, informative, BOOSTED[:1])
    (train, test), *_ = ONCE.folds(informative.labels)
    known = ~find_missing(informative)["bmi"][test]

    together = models[-1].predict(informative, train, test)
    alone = models[-1].predict(informative, train, test[known])

    assert np.allclose(together[known], alone, rtol=0, atol=1e-9)


@pytest.mark.parametrize("name", ["production", "lecture"])
def test_a_recipe_is_fitted_with_its_own_validation_split(made_up_csv, name):
    data = read_data(made_up_csv, TASK_RECIPES.task)
    train, test = ONCE.folds(data.labels)[0]

    probabilities = RecipeModel(name, quick_recipes().recipes[name]).predict(data, train, test)

    assert probabilities.shape == (len(test), 1)
    assert ((probabilities > 0) & (probabilities < 1)).all()

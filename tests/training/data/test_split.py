"""The division of the rows: stratified unless a recipe says otherwise."""

import numpy as np
import pytest

from tests.support.training.made_up import IRIS, STROKE, iris_recipe, stroke_recipe, stroke_records, write_csv
from training.data.dataset import DataSet, read_data
from training.data.split import split_rows
from training.errors import UsageError
from training.recipe import Split
from training.recipes import find_task_recipes
from training.recipes.iris import builtin_data

SHIPPED = [
    pytest.param(recipe, id=f"{task}-{name}")
    for task, recipes in find_task_recipes([]).items()
    for name, recipe in recipes.recipes.items()
]


@pytest.fixture(scope="module")
def rare(tmp_path_factory) -> DataSet:
    """Give 400 rows of which exactly 40 are positive."""
    records = stroke_records()
    for number, record in enumerate(records):
        record["stroke"] = str(int(number < 40))
    return read_data(write_csv(tmp_path_factory.mktemp("data") / "rare.csv", records), STROKE)


@pytest.mark.parametrize("seed", range(3))
def test_a_new_recipe_gives_test_and_validation_rows_the_class_shares_of_all_rows(rare, seed):
    split = Split(validation="random", test_share=0.2, test_seed=seed, validation_seed=seed)

    splits = split_rows(rare, split)

    (fold,) = splits.folds
    assert split.stratified
    assert [int(rare.labels[rows].sum()) for rows in (fold.train, fold.validation, splits.test)] == [24, 8, 8]
    assert [len(rows) for rows in (fold.train, fold.validation, splits.test)] == [240, 80, 80]


def test_without_stratification_the_shares_are_left_to_chance(rare):
    shares = set()
    for seed in range(10):
        splits = split_rows(rare, Split(validation="random", stratified=False, test_seed=seed))
        shares.add((int(rare.labels[splits.test].sum()), int(rare.labels[splits.validation].sum())))

    assert len(shares) > 5


@pytest.mark.parametrize("validation", ["random", "last", "folds", "none"])
def test_every_row_is_a_training_a_validation_or_a_test_row(rare, validation):
    splits = split_rows(rare, Split(validation=validation, folds=4 if validation == "folds" else 1))

    for fold in splits.folds:
        parts = np.concatenate([fold.train, fold.validation, splits.test])
        assert sorted(parts.tolist()) == list(range(400))


def test_a_class_with_one_row_cannot_be_split_and_is_named_as_too_few_rows(rare):
    labels = np.zeros_like(rare.labels)
    labels[0] = 1

    with pytest.raises(UsageError, match="more rows"):
        split_rows(DataSet(STROKE, rare.rows, labels), Split(validation="random"))


@pytest.mark.parametrize("recipe", SHIPPED)
def test_the_recipes_of_this_repository_keep_their_split(recipe):
    assert not recipe.split.stratified


def test_the_split_of_the_lecture_is_that_of_its_seeds(rare):
    flowers = builtin_data()

    first = split_rows(flowers, iris_recipe().split).test[:6].tolist()
    again = split_rows(flowers, iris_recipe().split).test[:6].tolist()

    assert IRIS.classes == flowers.task.classes
    assert first == again == np.random.RandomState(24).permutation(150)[:6].tolist()
    test = split_rows(rare, stroke_recipe().split).test.tolist()
    seed = stroke_recipe().split.test_seed
    assert test == np.random.RandomState(seed).permutation(400)[: len(test)].tolist()

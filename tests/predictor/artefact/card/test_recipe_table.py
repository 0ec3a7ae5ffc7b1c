import re

import pytest

from predictor.artefact.card.recipe_table import LEFT_OUT, WORDS, describe_recipe, in_words
from training.recipe import Recipe, Split, ThresholdRule

POINTS = {"default": ThresholdRule(rule="fixed", value=0.5, description="Half")}
PYTHON = re.compile(r"None|True|False|[\[\]{}()'\"]|[a-z]_[a-z]")


def recipe(split, **settings):
    made = Recipe(name="mine", split=split, epochs=7, operating_points=POINTS, **settings)
    return describe_recipe(made.model_dump(mode="json"))


def test_every_setting_of_training_has_words():
    assert set(Recipe.model_fields) - LEFT_OUT - {"split"} <= set(WORDS)


@pytest.mark.parametrize(
    ("split", "validation"),
    [
        (Split(validation="folds", folds=8), "8 folds, each held out from one network"),
        (Split(validation="none"), "none"),
        (Split(validation="last", validation_share=0.125), "the last 12.5 % of the others"),
        (
            Split(validation="random", validation_seed=3, stratified=False),
            "25 % of the others, seed 3",
        ),
        (Split(validation="random"), "25 % of the others, seed 0, stratified by class"),
    ],
)
def test_the_split_is_said_in_words(split, validation):
    rows = dict(recipe(split))

    stratified = ", stratified by class" if split.stratified else ""
    assert rows["test rows"] == f"20 %, seed 0{stratified}"
    assert rows["validation rows"] == validation


def test_no_value_is_written_as_python_writes_it():
    rows = recipe(
        Split(validation="folds", folds=2), impute_numbers="most_frequent", batch_size="full", hidden=(32, 16)
    )

    assert [row for row in rows if PYTHON.search(" ".join(row))] == []
    assert dict(rows)["columns"] == "all"
    assert dict(rows)["hidden layers"] == "32, 16"
    assert dict(rows)["rows in a batch"] == "all rows"
    assert dict(rows)["a missing number becomes"] == "the most frequent value"
    assert dict(rows)["numbers are standardised"] == "yes"
    assert dict(rows)["early stopping"] == "off, the last epoch counts"


def test_without_hidden_layers_the_table_says_none():
    assert dict(recipe(Split(validation="none")))["hidden layers"] == "none"


def test_the_columns_of_a_recipe_are_listed_by_their_names():
    rows = dict(recipe(Split(validation="none"), columns=("age", "mean radius"), unused=("pay_per_month",)))

    assert rows["columns"] == "age, mean radius"
    assert rows["columns that are not used"] == "pay_per_month"


@pytest.mark.parametrize(
    ("stored", "rows"),
    [
        ({}, []),
        ({"name": "my_recipe"}, [("recipe", "my_recipe")]),
        ({"split": "by_time"}, [("split", "by time")]),
        ({"split": {}}, [("test rows", "a share"), ("validation rows", "none")]),
        ({"split": {"validation": "by_month"}}, [("test rows", "a share"), ("validation rows", "by month")]),
        ({"categories": [], "numbers": ["age"]}, [("numbers", "age")]),
        (
            {"drop_out": {"first_layer": 0.5, "second": None}},
            [("drop out", "first layer: 0.5; second: none")],
        ),
        ({"columns": 3, "patience": "long", "monitor": None}, [("columns", "3"), ("early stopping", "long")]),
    ],
)
def test_a_recipe_of_another_version_of_training_is_shown_as_well(stored, rows):
    assert describe_recipe(stored)[: len(rows)] == rows


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "none"), (True, "yes"), (False, "no"), (1.0, "1"), (1e-9, "1e-09"), (7, "7"), ([], "none")],
)
def test_a_value_is_written_without_python_names(value, text):
    assert in_words(value) == text

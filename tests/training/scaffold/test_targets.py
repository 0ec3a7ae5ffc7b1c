"""The classes of a new task, and what cannot be a target."""

import pytest

from tests.training.scaffold.test_columns import ROWS, VARIED, repeated

AGES = {"age": repeated("20", "30", "70")}


@pytest.mark.parametrize(
    ("target", "flags", "classes"),
    [
        (repeated("yes", "no"), (), ("no", "yes")),
        (repeated("0", "1"), (), ("0", "1")),
        (repeated("0.0", "1.0"), (), ("0", "1")),
        (repeated("True", "False"), (), ("False", "True")),
        (repeated("bad", "good", "good"), (), ("good", "bad")),
        (repeated("bad", "good", "good"), ("--positive", "good"), ("bad", "good")),
        (repeated("yes", "no"), ("--positive", "NO"), ("yes", "no")),
        (repeated("1", "0"), ("--positive", "0"), ("1", "0")),
        (repeated("1", "2", "2"), (), ("2", "1")),
        (repeated("1", "1", "2"), (), ("1", "2")),
        (repeated("1", "-1", "1"), (), ("-1", "1")),
        (repeated("10", "9", "2"), (), ("2", "9", "10")),
        (repeated("b", "a", "None"), (), ("None", "a", "b")),
    ],
)
def test_classes_have_their_names_and_a_fixed_order(task_of, target, flags, classes):
    assert task_of(AGES, *flags, target=target).classes == classes


def test_the_output_says_why_a_class_is_the_positive_one(scaffold):
    _, output = scaffold(AGES, target=repeated("bad", "good", "good"))

    assert "The probability is that of bad (the rarer one); --positive names another class." in output


@pytest.mark.parametrize(
    ("target", "flags", "message"),
    [
        (repeated("0.5", "1.5", "2"), (), "numbers with decimals"),
        (VARIED, (), f"has {ROWS} different values; a task has at most 50 classes: join values"),
        (repeated("yes"), (), "the same class in every row"),
        (["yes", "no", "", *repeated("yes", "no")][:ROWS], (), "1 row has no class, first in line 4"),
        (["rare", *repeated("yes", "no")][:ROWS], (), "the class 'rare' has 1 row,"),
        (["Yes", *repeated("no", "yes")][:ROWS], (), "classes 'Yes' and 'yes' differ only in case or blanks"),
        (repeated("not left", "not  left"), (), "classes 'not left' and 'not  left' differ only"),
        (repeated("yes", "no"), ("--positive", "maybe"), "has the classes no and yes; name one of them"),
        (repeated("a", "b", "c"), ("--positive", "a"), "has 3 classes; it is for two"),
        (repeated("yes", "no"), ("--id", "number"), "--id: churn.csv has no column 'number'"),
        (repeated("yes", "no"), ("--id", "age"), "column 'age' is empty or the same in some rows"),
        (repeated("yes", "no"), ("--target", "lefd"), "did you mean 'left'?"),
    ],
)
def test_a_mistake_is_one_line_and_leaves_no_file(scaffold, tmp_path, target, flags, message):
    status, output = scaffold(AGES, *flags, target=target)

    assert status == 2
    assert message in output
    assert output.count("\n") == 1
    assert not (tmp_path / "own").exists()

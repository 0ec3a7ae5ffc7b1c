"""Columns whose names are no names in Python, or hide something there."""

import pytest

from tests.training.scaffold.test_columns import repeated

NUMBERS = repeated("1.5", "2.5", "4")


@pytest.mark.parametrize(
    ("name", "attribute"),
    [
        ("SepalLength", "SepalLength"),
        ("mean radius", "mean_radius"),
        ("Größe", "grosse"),
        ("1st_floor", "column_1st_floor"),
        ("class", "class_"),
        ("model_x", "model_x"),
        ("model_config", "model_config_"),
        ("json", "json_"),
        ("number", "number_"),
        ("float", "float_"),
        ("example", "example_"),
        ("_hidden", "hidden"),
        ("年龄", "column_1"),
        ("a \"b\" \\ 'c' {x} \n", "a_b_c_x"),
        ("x\u2013y", "x_y"),
        ("a column with a question that is much longer than any name " * 3, None),
    ],
)
def test_the_column_keeps_its_name_beside_a_name_for_python(task_of, name, attribute):
    task = task_of({name: NUMBERS, "size": repeated("s", "m")})

    column = task.features.columns()[0]
    assert column.name == name
    assert column.attribute == attribute or attribute is None
    assert task.features.model_validate({name: 1.5, "size": "s"}).model_dump() == {name: 1.5, "size": "s"}


def test_similar_names_get_different_attributes(task_of):
    names = ["a b", "a_b", "a-b", "A b", "a_b_"]
    task = task_of(dict.fromkeys(names, NUMBERS))

    columns = task.features.columns()
    assert [column.name for column in columns] == names
    assert len({column.attribute for column in columns}) == len(names)
    assert columns[1].attribute == "a_b"


def test_a_nullable_column_may_have_the_name_of_something_that_later_fields_use(task_of):
    columns = {"Flag": repeated("1", ""), "Field": repeated("a", ""), "int": repeated("1", "2", "")}
    task = task_of({**columns, "it is": repeated("0", "1"), "size of": repeated("s", "m")})

    assert [column.kind for column in task.features.columns()] == [
        *("flag", "category", "integer", "flag", "category")
    ]

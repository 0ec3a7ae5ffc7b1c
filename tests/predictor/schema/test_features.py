from typing import Annotated, Any, Literal

import pytest
from pydantic import Field, ValidationError, create_model

from predictor.schema.features import Features, Flag, number
from predictor.tasks import find_task
from predictor.tasks.stroke import StrokeFeatures
from tests.support.payloads import TASKS


class Animal(Features):
    species: Annotated[Literal["cat", "dog"], Field(description="Kind")]
    weight: Annotated[float | None, number(0, 100, "kg", "Weight")] = None
    tame: Annotated[Flag, Field(description="1 where it comes when called")]


def animal(**changes):
    return {"species": "cat", "weight": 4.5, "tame": 1} | changes


def test_columns_have_all_attributes_of_the_class():
    species, weight, tame = Animal.columns()

    assert (species.name, species.kind, species.categories) == ("species", "category", ("cat", "dog"))
    assert (weight.kind, weight.unit, weight.minimum, weight.maximum) == ("number", "kg", 0, 100)
    assert (species.nullable, weight.nullable, tame.nullable) == (False, True, False)
    assert (tame.kind, tame.description) == ("flag", "1 where it comes when called")


@pytest.mark.parametrize("task", TASKS.values(), ids=lambda task: task.name)
def test_the_example_of_a_task_is_a_valid_row(task):
    row = task.features.model_validate(task.features.example)

    assert row.model_dump() == task.features.example


@pytest.mark.parametrize(
    "change",
    [
        {"species": "Cat"},
        {"species": None},
        {"weight": "4.5"},
        {"weight": float("nan")},
        {"weight": float("inf")},
        {"weight": -0.1},
        {"weight": 100.1},
        {"weight": True},
        {"tame": True},
        {"tame": 1.0},
        {"tame": 2},
        {"tame": None},
        {"legs": 4},
    ],
)
def test_a_row_is_validated_strictly(change):
    with pytest.raises(ValidationError) as caught:
        Animal.model_validate(animal(**change))

    assert caught.value.errors()[0]["loc"] == tuple(change)


@pytest.mark.parametrize("weight", [0, 100, 0.0, None])
def test_both_ends_of_a_range_and_null_are_valid(weight):
    assert Animal.model_validate(animal(weight=weight)).weight == weight


def test_only_a_nullable_column_may_be_left_out():
    assert Animal.model_validate({"species": "dog", "tame": 0}).weight is None
    with pytest.raises(ValidationError):
        Animal.model_validate({"species": "dog", "weight": 1.0})


@pytest.mark.parametrize(
    ("text", "weight"), [("4.50", 4.5), (" 4.5 ", 4.5), ("04.5", 4.5), ("N/A", None), ("", None), ("4", 4.0)]
)
def test_a_number_is_parsed_from_text(text, weight):
    assert Animal.from_text({"species": "cat", "weight": text, "tame": "1"}).weight == weight


@pytest.mark.parametrize("text", ["4,5", "1_0", "inf", "four", "0x10"])
def test_a_text_that_is_not_a_number_is_refused(text):
    with pytest.raises(ValidationError):
        Animal.from_text({"species": "cat", "weight": text, "tame": "1"})


@pytest.mark.parametrize("text", ["N/A", "", "1.0", "0_1", "yes", "True"])
def test_a_text_that_is_not_a_flag_is_refused(text):
    with pytest.raises(ValidationError):
        Animal.from_text({"species": "cat", "weight": "1", "tame": text})


def changed(name: str, annotation: Any) -> type[Animal]:
    fields: Any = {name: (annotation, ...)}
    changed_class: type[Animal] = create_model("Animal", __base__=Animal, **fields)
    return changed_class


@pytest.mark.parametrize(
    ("name", "annotation"),
    [
        ("weight", Annotated[float | None, number(0, 101, "kg", "Weight")]),
        ("weight", Annotated[float | None, number(0, 100, "g", "Weight")]),
        ("weight", Annotated[float, number(0, 100, "kg", "Weight")]),
        ("species", Annotated[Literal["dog", "cat"], Field(description="Kind")]),
        ("species", Annotated[Literal["cat", "dog", "cow"], Field(description="Kind")]),
        ("colour", Annotated[Flag, Field(description="One more")]),
    ],
)
def test_the_fingerprint_changes_with_any_column_and_any_of_its_limits(name, annotation):
    assert changed(name, annotation).fingerprint() != Animal.fingerprint()


def test_the_fingerprint_does_not_change_with_a_description():
    described = changed("weight", Annotated[float | None, number(0, 100, "kg", "How heavy it is")])

    assert described.fingerprint() == Animal.fingerprint()


@pytest.mark.parametrize(
    "annotation",
    [str, Annotated[float, Field(ge=0)], int | str, list[float], Literal["cat", "dog"] | None],
)
def test_a_feature_of_an_unknown_kind_is_refused(annotation):
    with pytest.raises((TypeError, AttributeError), match="odd"):
        create_model("Odd", __base__=Features, odd=(annotation, ...)).columns()


def test_the_stroke_task_has_the_columns_of_the_file():
    assert [column.name for column in StrokeFeatures.columns()] == [
        "gender",
        "age",
        "hypertension",
        "heart_disease",
        "ever_married",
        "work_type",
        "Residence_type",
        "avg_glucose_level",
        "bmi",
        "smoking_status",
    ]
    assert [column.name for column in StrokeFeatures.columns() if column.nullable] == ["bmi"]


@pytest.mark.parametrize(
    ("task", "column", "minimum", "maximum"),
    [
        ("stroke", "age", 0, 120),
        ("stroke", "avg_glucose_level", 20, 1000),
        ("stroke", "bmi", 8, 100),
        ("iris", "PetalLength", 0, 30),
        ("iris", "PetalWidth", 0, 30),
    ],
)
def test_the_allowed_ranges_are_the_agreed_ones(task, column, minimum, maximum):
    columns = {found.name: found for found in find_task(task).features.columns()}

    assert (columns[column].minimum, columns[column].maximum) == (minimum, maximum)

from typing import Annotated, Any, Literal

import pytest
from pydantic import AliasChoices, Field, create_model

from predictor.schema.column import EXACT, MISSING_TEXTS, Column
from predictor.schema.features import Features, Flag, number


def features_with(annotation: Any, default: Any = ...) -> type[Features]:
    fields: Any = {"field": (annotation, default)}
    made: type[Features] = create_model("Made", __base__=Features, **fields)
    return made


def column_of(annotation: Any, default: Any = ...) -> Column:
    (column,) = features_with(annotation, default).columns()
    return column


@pytest.mark.parametrize(
    ("annotation", "kind"),
    [
        (Annotated[float, number(0, 9)], "number"),
        (Annotated[int, number(0, 120, "years", "Age")], "integer"),
        (Annotated[int, Field(ge=0, le=120)], "integer"),
        (Annotated[int, Field(ge=0, le=1)], "integer"),
        (Flag, "flag"),
        (Annotated[Flag, Field(description="Whether")], "flag"),
        (Literal["yes"], "category"),
        (Annotated[Literal["a", "b"], Field(description="Which")], "category"),
    ],
)
def test_a_field_has_the_kind_of_its_annotation_and_is_nullable_where_none_is_allowed(annotation, kind):
    assert (column_of(annotation).kind, column_of(annotation).nullable) == (kind, False)
    nullable = annotation | None
    assert (column_of(nullable).kind, column_of(nullable, None).nullable) == (kind, True)


@pytest.mark.parametrize(
    "annotation",
    [
        Annotated[int, number(0, 120, "years", "Age")],
        Annotated[int | None, number(0, 120, "years", "Age")],
        Annotated[int, number(0, 120, "years", "Age")] | None,
        Annotated[Annotated[int, Field(ge=0, le=120)], number(0, 120, "years", "Age")],
    ],
)
def test_bounds_unit_and_description_are_found_wherever_they_stand(annotation):
    column = column_of(annotation)

    assert (column.kind, column.minimum, column.maximum) == ("integer", 0, 120)
    assert (column.unit, column.description) == ("years", "Age")


def test_a_column_has_the_name_of_the_alias_and_the_attribute_of_the_field():
    for annotation, default in (
        (Annotated[float, number(0, 9), Field(alias="mean radius")], ...),
        (Annotated[float, number(0, 9)], Field(alias="mean radius")),
    ):
        column = column_of(annotation, default)

        assert (column.name, column.attribute) == ("mean radius", "field")
    assert (column_of(Flag).name, column_of(Flag).attribute) == ("field", "field")


@pytest.mark.parametrize(
    ("annotation", "reason"),
    [
        (str, "a float or an int with bounds"),
        (bool, "a Flag"),
        (int, "with bounds"),
        (Annotated[float, Field(ge=0)], "with bounds"),
        (Annotated[int, Field(gt=0, lt=9)], "with bounds"),
        (int | str, "a feature is"),
        (int | str | None, "a feature is"),
        (list[float], "a feature is"),
        (Literal["a", 1], "must be texts"),
        (Literal["a", None], "must be texts"),  # noqa: PYI061 (the mistake)
        (Annotated[float, number(9, 0)], "the lowest value, 9, is above the highest, 0"),
        (Annotated[int, number(0, 2 * EXACT)], r"between -2\*\*53 and 2\*\*53"),
        (Annotated[Flag, Field(validation_alias="x")], "as `alias`"),
        (Annotated[Flag, Field(validation_alias=AliasChoices("x", "y"))], "as `alias`"),
        (Annotated[Flag, Field(serialization_alias="x")], "as `alias`"),
    ],
)
def test_a_field_of_another_type_is_refused_with_its_name_and_what_is_allowed(annotation, reason):
    with pytest.raises(TypeError, match=rf"^field: .*{reason}"):
        column_of(annotation)


# Cells of a text file

NUMBER = column_of(Annotated[float | None, number(-99, 99)])
INTEGER = column_of(Annotated[int | None, number(-(10**9), 10**9)])
FLAG = column_of(Flag | None)
CATEGORY = column_of(Literal["Yes", "No", "None", " x "] | None)


@pytest.mark.parametrize("text", MISSING_TEXTS)
def test_the_texts_that_pandas_reads_as_missing_are_missing(text):
    for column in (NUMBER, INTEGER, FLAG):
        assert column.parse(f" {text}") is None
    assert CATEGORY.parse(text) == ("None" if text == "None" else None)


@pytest.mark.parametrize("text", ["-", "?", ".", "missing", "NAN", "unknown"])
def test_another_text_is_not_missing(text):
    for column in (NUMBER, INTEGER, FLAG, CATEGORY):
        assert column.parse(text) is not None


@pytest.mark.parametrize(
    ("column", "text", "value"),
    [
        (NUMBER, " 4.50 ", 4.5),
        (NUMBER, "-1e1", -10.0),
        (INTEGER, "36", 36),
        (INTEGER, "36.0", 36.0),
        (INTEGER, "1e3", 1000.0),
        (INTEGER, "-7", -7),
        (FLAG, "1", 1),
        (FLAG, "0.0", 0.0),
        (FLAG, "True", True),
        (FLAG, " FALSE ", False),
        (CATEGORY, " Yes ", "Yes"),
        (CATEGORY, " x ", " x "),
        (CATEGORY, "perhaps", "perhaps"),
    ],
)
def test_a_cell_is_parsed_by_the_kind_of_its_column(column, text, value):
    assert column.parse(text) == value
    assert type(column.parse(text)) is type(value)


@pytest.mark.parametrize("text", ["4,5", "1_0", "four", "0x10", "٣", "yes", "TRUE!", "1 2"])
def test_a_cell_that_is_not_a_number_stays_a_text(text):
    for column in (NUMBER, INTEGER, FLAG):
        assert column.parse(text) == text


def test_a_category_that_may_not_be_missing_keeps_its_text():
    assert column_of(Literal["a", "b"]).parse("N/A") == "N/A"
    assert column_of(Literal["a", "NA"]).parse("NA") == "NA"


# Numbers for a person


@pytest.mark.parametrize(
    ("numbers", "text"),
    [
        ((0, 120), "0 to 120 years"),
        ((28.94,), "28.94 years"),
        ((1_234_567.0, 12_345_678.4), "1234567 to 12345678 years"),
        ((0.00001234,), "1.234e-05 years"),
    ],
)
def test_numbers_are_written_with_the_unit_and_without_a_large_exponent(numbers, text):
    assert column_of(Annotated[float, number(0, 1e9, "years")]).write(*numbers) == text


def test_a_column_without_a_unit_writes_none():
    assert NUMBER.write(12.345, digits=3) == "12.3"

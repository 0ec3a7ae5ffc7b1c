"""JSON, Python and the published schema agree on the values of flags and integers."""

import json
from decimal import Decimal
from typing import Annotated, Any, Literal

import numpy as np
import pytest
from jsonschema import Draft202012Validator
from pydantic import Field, ValidationError, field_validator, model_validator

from predictor.schema.features import Features, Flag, number


class Row(Features):
    flag: Flag = 0
    nullable_flag: Annotated[Flag | None, Field(description="Whether")] = None
    integer: Annotated[int, Field(ge=0, le=120)] = 0
    nullable_integer: Annotated[int | None, number(-5, 10**15, "m", "Height")] = None
    a_number: Annotated[float, number(0, 9), Field(alias="number")] = 0.0
    nullable_number: Annotated[float | None, number(0, 9)] = None
    category: Literal["0", "1"] = "0"


NAMES = [column.name for column in Row.columns()]
SCHEMAS = Row.model_json_schema()["properties"]
JSON = [
    *("0", "1", "2", "-1", "-5", "-6", "120", "121", "1000000000000000"),
    *(
        "0.0",
        "-0.0",
        "1.0",
        "1e0",
        "1E+2",
        "120.0",
        "120.5",
        "0.5",
        "1e15",
        "1.5e15",
        "1e16",
        "1e400",
        "-1e400",
    ),
    *("9" * 30, "9" * 400, "true", "false", "null", '"1"', '"true"', '""', "[1]", "[]", "{}"),
]


def accepted(name: str, value: str | Any, *, is_json: bool) -> Any:
    """Give what the field holds, or a text where the value is refused."""
    try:
        if is_json:
            return Row.model_validate_json(f'{{"{name}": {value}}}').model_dump()[name]
        return Row.model_validate({name: value}).model_dump()[name]
    except ValidationError:
        return "refused"


@pytest.mark.parametrize("text", JSON)
@pytest.mark.parametrize("name", NAMES)
def test_json_and_python_accept_what_the_published_schema_allows(name, text):
    value = json.loads(text)
    is_allowed = Draft202012Validator(SCHEMAS[name]).is_valid(value)

    from_json, from_python = accepted(name, text, is_json=True), accepted(name, value, is_json=False)

    assert (from_json != "refused") == (from_python != "refused") == is_allowed
    assert from_json == from_python
    assert type(from_json) is type(from_python)
    if is_allowed:
        assert from_json == value


@pytest.mark.parametrize("name", ["flag", "nullable_flag", "integer", "nullable_integer"])
def test_an_accepted_value_is_an_int(name):
    for text in ("1", "1.0", "1e0"):
        assert type(accepted(name, text, is_json=True)) is int
    if "flag" in name:
        assert type(accepted(name, True, is_json=False)) is int


@pytest.mark.parametrize("name", NAMES[:-1])
@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_number_is_refused(name, text):
    assert accepted(name, text, is_json=True) == "refused"
    assert accepted(name, float(text), is_json=False) == "refused"


@pytest.mark.parametrize("value", [Decimal(1), np.int64(1), np.float64(1.0), np.float32(1.0)])
@pytest.mark.parametrize("name", ["flag", "integer"])
def test_whole_numbers_of_other_types_are_accepted(name, value):
    assert accepted(name, value, is_json=False) == 1


def test_integers_are_published_with_their_bounds_and_flags_with_their_values():
    assert SCHEMAS["integer"].items() >= {"type": "integer", "minimum": 0, "maximum": 120}.items()
    assert SCHEMAS["flag"]["anyOf"] == [{"type": "integer", "enum": [0, 1]}, {"type": "boolean"}]
    assert [option.get("type") for option in SCHEMAS["nullable_flag"]["anyOf"]] == [
        "integer",
        "boolean",
        "null",
    ]


def test_a_whole_float_is_accepted_inside_validators_of_the_task():
    class Checked(Features):
        integer: Annotated[int, Field(ge=0, le=120)]

        @field_validator("integer")
        @classmethod
        def _check_field(cls, value: int) -> int:
            return value

        @model_validator(mode="after")
        def _check_row(self) -> "Checked":
            return self

    assert Checked.model_validate({"integer": 36.0}).integer == 36
    with pytest.raises(ValidationError):
        Checked.model_validate({"integer": 36.5})

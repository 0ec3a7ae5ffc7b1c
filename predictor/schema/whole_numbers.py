"""Validation of whole numbers: JSON may write them as 1 or 1.0, and a flag also as true."""

from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

# What is accepted before pydantic's lax mode turns it into an int; that mode alone would accept a text, too.
NUMBER: list[Any] = [
    core_schema.int_schema(strict=True),
    core_schema.float_schema(strict=True, allow_inf_nan=False),
]
NUMBER_OR_BOOLEAN: list[Any] = [*NUMBER, core_schema.bool_schema(strict=True)]


class FlagValidation:
    """Marks a field as a flag: 0, 1, false or true, which becomes 0 or 1."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Accept booleans and exact numbers."""
        return core_schema.custom_error_schema(
            _exact(handler(source), NUMBER_OR_BOOLEAN),
            "flag",
            custom_error_message="Input should be 0, 1, false or true",
        )

    def __get_pydantic_json_schema__(
        self, _schema: CoreSchema, _handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Publish the values that are accepted; for JSON Schema, 1.0 is an integer."""
        return {"anyOf": [{"type": "integer", "enum": [0, 1]}, {"type": "boolean"}]}


def accept_exact_numbers(schema: Any) -> Any:
    """Let the integer in the schema of a field accept numbers such as 36.0, whatever is around it."""
    if schema["type"] == "int":
        return _exact(schema, NUMBER)
    if "schema" in schema:
        return {**schema, "schema": accept_exact_numbers(schema["schema"])}
    return schema


def _exact(integer: Any, accepted: list[Any]) -> CoreSchema:
    first = core_schema.union_schema(accepted, mode="left_to_right", custom_error_type="int_type")
    return core_schema.chain_schema(
        [first, {**integer, "strict": False}],
        # The published schema is that of the integer with its bounds. pydantic's own hook for it is not
        # documented; tests/predictor/schema/test_whole_numbers.py fails if a release drops it.
        metadata={"pydantic_js_functions": [lambda _schema, handler: handler(integer)]},
    )

"""One definition of a row.

A task's `Features` class defines the request body, the validation of a data file's rows, the column order,
the categories and the documentation. Other code reads it as `Column`s.
"""

import hashlib
import inspect
import json
from functools import cache
from typing import Annotated, Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler
from pydantic_core import CoreSchema

from predictor.schema.column import Column, Value
from predictor.schema.whole_numbers import FlagValidation, accept_exact_numbers

__all__ = ["Features", "Flag", "Value", "number"]

# 0 or 1; JSON and files may also say false and true.
Flag = Annotated[int, Field(ge=0, le=1), FlagValidation()]


def number(
    low: float, high: float, unit: str = "", description: str | None = None, *, alias: str | None = None
) -> Any:
    """Declare a number: its allowed range (both ends included), unit and description, and the column's name.

    `alias` is the name of a column whose name is no name in Python.
    """
    extra: Any = {"x-unit": unit} if unit else None
    return Field(ge=low, le=high, alias=alias, description=description, json_schema_extra=extra)


class Features(BaseModel):
    """Base of the features of each task: strict types, no extra fields, no infinite numbers.

    A field is a `float` or an `int` with bounds (see `number`), a `Flag`, or a `Literal` of texts; `| None`
    lets it be missing. Its alias, if it has one, is the column's name in requests, files and documents.
    """

    model_config = ConfigDict(
        strict=True,
        extra="forbid",
        allow_inf_nan=False,
        frozen=True,
        protected_namespaces=(),
        serialize_by_alias=True,
    )

    # One valid row, by the names of the columns.
    example: ClassVar[dict[str, Value]] = {}

    def __init_subclass__(cls, **settings: Any) -> None:
        """Refuse a field with the name of a method or attribute of every row; TypeError says what to do."""
        super().__init_subclass__(**settings)
        for name, annotation in inspect.get_annotations(cls).items():
            if hasattr(Features, name) and "ClassVar" not in str(annotation):
                raise TypeError(
                    f"{name}: every row has an attribute of this name; write "
                    f"`{name}_: ... = Field(alias={name!r})`, and the column is still called {name!r}"
                )

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Accept every exact whole number for an integer."""
        schema = handler(source)
        inner: Any = schema
        # Validators of a whole row stand around the schema of its fields.
        while "fields" not in inner:
            inner = inner["schema"]
        for field in inner["fields"].values():
            field["schema"] = accept_exact_numbers(field["schema"])
        return schema

    @classmethod
    @cache
    def columns(cls) -> tuple[Column, ...]:
        """Give the columns in their fixed order; TypeError names a field that is not of an allowed type."""
        return tuple(Column.of_field(name, field) for name, field in cls.model_fields.items())

    @classmethod
    def fingerprint(cls) -> str:
        """Give a digest of the columns without their descriptions; a model fits only one fingerprint."""
        columns = [column.facts() for column in cls.columns()]
        return hashlib.sha256(json.dumps(columns, sort_keys=True).encode()).hexdigest()

    @classmethod
    def from_text(cls, cells: dict[str, str]) -> Self:
        """Parse a row of a text file, given by column name; pydantic.ValidationError if it is not valid."""
        columns = {column.name: column for column in cls.columns()}
        return cls.model_validate(
            {name: columns[name].parse(text) if name in columns else text for name, text in cells.items()}
        )

"""One definition of a row.

A task's `Features` class defines the request body, the validation of a data file's rows, the column order,
the categories and the documentation. Other code reads it as `Column`s.
"""

import hashlib
import json
import types
import typing
from functools import cache, cached_property
from typing import Annotated, Any, ClassVar, Literal, Self

from annotated_types import Ge, Le
from pydantic import BaseModel, ConfigDict, Field
from pydantic.fields import FieldInfo

Value = float | int | str | None
Kind = Literal["number", "flag", "category"]

MISSING_TEXTS = frozenset({"", "N/A", "NA", "NaN", "nan", "null"})

# Literal[0, 1] would accept `true` and `1.0`, because pydantic compares literals with ==. The enum is for
# JSON Schema, where 1.0 is an integer.
Flag = Annotated[int, Field(ge=0, le=1, json_schema_extra={"enum": [0, 1]})]


def number(low: float, high: float, unit: str, description: str) -> Any:
    """Declare a number: its allowed range (both ends included), its unit and its description."""
    return Field(ge=low, le=high, description=description, json_schema_extra={"x-unit": unit})


class Column(BaseModel):
    """One column of a row, as code other than the validation needs it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    kind: Kind
    description: str | None = None
    unit: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    categories: tuple[str, ...] = ()
    nullable: bool = False

    @cached_property
    def codes(self) -> dict[str | None, int]:
        """Give the code of each category."""
        return {category: code for code, category in enumerate(self.categories)}

    def parse(self, text: str) -> Value:
        """Parse a cell of a text file; a cell that cannot be parsed stays text, which `Features` refuses."""
        text = text.strip()
        if self.kind == "category":
            return text
        if text in MISSING_TEXTS:
            return None
        # Python parses 1_0 as 10 and accepts the digits of every script; in a data file both are mistakes.
        if "_" in text or not text.isascii():
            return text
        try:
            return int(text) if self.kind == "flag" else float(text)
        except ValueError:
            return text


class Features(BaseModel):
    """Base of the features of each task: strict types, no extra fields, no infinite numbers.

    A field is a `float` or `float | None` (see `number`), a `Flag`, or a `Literal` of texts.
    """

    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False, frozen=True)

    example: ClassVar[dict[str, Value]] = {}

    @classmethod
    @cache
    def columns(cls) -> tuple[Column, ...]:
        """Give the columns in their fixed order; TypeError names a field that is not of an allowed type."""
        return tuple(_column(name, field) for name, field in cls.model_fields.items())

    @classmethod
    def fingerprint(cls) -> str:
        """Give a digest of the columns without their descriptions; a model fits only one fingerprint."""
        columns = [column.model_dump(exclude={"description"}) for column in cls.columns()]
        return hashlib.sha256(json.dumps(columns, sort_keys=True).encode()).hexdigest()

    @classmethod
    def from_text(cls, cells: dict[str, str]) -> Self:
        """Parse a row of a text file, given by column name; pydantic.ValidationError if it is not valid."""
        columns = {column.name: column for column in cls.columns()}
        return cls.model_validate(
            {name: columns[name].parse(text) if name in columns else text for name, text in cells.items()}
        )


def _column(name: str, field: FieldInfo) -> Column:
    annotation = field.annotation
    bounds = {type(limit): limit for limit in field.metadata}
    extra: Any = field.json_schema_extra or {}
    nullable = types.NoneType in typing.get_args(annotation)
    common: dict[str, Any] = {"name": name, "description": field.description, "nullable": nullable}
    if typing.get_origin(annotation) is Literal:
        return Column(kind="category", categories=typing.get_args(annotation), **common)
    if annotation in (int, int | None):
        return Column(kind="flag", **common)
    if annotation in (float, float | None) and Ge in bounds and Le in bounds:
        low, high = bounds[Ge].ge, bounds[Le].le
        return Column(kind="number", minimum=low, maximum=high, unit=extra.get("x-unit"), **common)
    raise TypeError(f"{name}: a feature is a bounded number, a Flag, or a Literal of texts, not {annotation}")

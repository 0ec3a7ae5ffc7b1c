"""The columns of a row, as code other than the validation needs them."""

import types
import typing
from functools import cached_property
from typing import Any, Literal, Self

from annotated_types import Ge, Le
from pydantic import BaseModel, ConfigDict, PrivateAttr
from pydantic.fields import FieldInfo

from predictor.schema.whole_numbers import FlagValidation

Value = float | int | str | None
Kind = Literal["number", "integer", "flag", "category"]

# The texts that pandas reads as missing.
MISSING_TEXTS = frozenset(
    {"", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>", "N/A"}
    | {"NA", "NULL", "NaN", "None", "n/a", "nan", "null"}
)
BOOLEANS = {"true": True, "false": False}

EXPECTED = (
    "a feature is a float or an int with bounds (Field(ge=..., le=...)), a Flag, or a Literal of texts; "
    "`| None` lets it be missing"
)


class Column(BaseModel):
    """One column of a row; `name` is its name in requests, files and documents."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    kind: Kind
    description: str | None = None
    unit: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    categories: tuple[str, ...] = ()
    nullable: bool = False
    # The name of the field in Python, which need not be stored with a model.
    _attribute: str = PrivateAttr("")

    @classmethod
    def of_field(cls, attribute: str, field: FieldInfo) -> Self:
        """Describe a field of a task's features; TypeError if it is not of an allowed type."""
        annotation, metadata, nullable = _unwrap(field)
        if field.validation_alias not in {None, field.alias}:
            raise TypeError(f"{attribute}: give a column's name as `alias`, not as `validation_alias`")
        facts: dict[str, Any] = {"name": field.alias or attribute, "description": field.description}
        extra: Any = field.json_schema_extra or {}
        if typing.get_origin(annotation) is Literal:
            facts |= {"kind": "category", "categories": _categories(attribute, annotation)}
        elif any(isinstance(mark, FlagValidation) for mark in metadata):
            facts |= {"kind": "flag"}
        else:
            bounds = {type(limit): limit for limit in metadata}
            if annotation not in {int, float} or not {Ge, Le} <= bounds.keys():
                raise TypeError(f"{attribute}: {EXPECTED}")
            kind = "integer" if annotation is int else "number"
            facts |= {"kind": kind, "unit": extra.get("x-unit")}
            facts |= {"minimum": bounds[Ge].ge, "maximum": bounds[Le].le}
        column = cls(**facts, nullable=nullable)
        column._attribute = attribute
        return column

    @property
    def attribute(self) -> str:
        """Give the name of the field in Python, which is the key in a row's `__dict__`."""
        return self._attribute or self.name

    def facts(self) -> dict[str, Any]:
        """Give everything that a model depends on: all fields but the description."""
        return self.model_dump(exclude={"description"})

    @property
    def is_numeric(self) -> bool:
        """Say whether the column holds numbers, whole or not; a flag has levels."""
        return self.kind in {"number", "integer"}

    @property
    def levels(self) -> tuple[str, ...]:
        """Give the values of a category or flag as texts; a column of numbers has none."""
        return ("0", "1") if self.kind == "flag" else self.categories

    @cached_property
    def codes(self) -> dict[str | None, int]:
        """Give the code of each category."""
        return {category: code for code, category in enumerate(self.categories)}

    def parse(self, text: str) -> Value:
        """Parse a cell of a text file; a cell that cannot be parsed stays text, which `Features` refuses."""
        text = text.strip()
        if self.kind == "category":
            is_missing = self.nullable and text in MISSING_TEXTS and text not in self.categories
            return None if is_missing else text
        if text in MISSING_TEXTS:
            return None
        if self.kind == "flag" and text.lower() in BOOLEANS:
            return BOOLEANS[text.lower()]
        # Python parses 1_0 as 10 and accepts the digits of every script; in a data file both are mistakes.
        if "_" in text or not text.isascii():
            return text
        try:
            return int(text) if self.kind == "integer" and "." not in text else float(text)
        except ValueError:
            return text


def _unwrap(field: FieldInfo) -> tuple[Any, list[Any], bool]:
    """Give the type of a field without `| None`, its constraints, and whether it may be missing."""
    annotation: Any = field.annotation
    metadata = list(field.metadata)
    is_union = typing.get_origin(annotation) in {typing.Union, types.UnionType}
    members = list(typing.get_args(annotation)) if is_union else [annotation]
    nullable = types.NoneType in members
    members = [member for member in members if member is not types.NoneType]
    if len(members) == 1 and typing.get_origin(members[0]) is typing.Annotated:
        annotation, *marks = typing.get_args(members[0])
        for mark in marks:
            metadata += mark.metadata if isinstance(mark, FieldInfo) else [mark]
        return annotation, metadata, nullable
    return members[0] if len(members) == 1 else annotation, metadata, nullable


def _categories(attribute: str, annotation: Any) -> tuple[str, ...]:
    categories = typing.get_args(annotation)
    if not all(isinstance(category, str) for category in categories):
        raise TypeError(f"{attribute}: the categories of a Literal must be texts")
    return categories

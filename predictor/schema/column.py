"""The columns of a row, as code other than the validation needs them."""

import types
import typing
from contextlib import suppress
from dataclasses import dataclass
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

# Models compute in float64, which has every whole number up to this one.
EXACT = 2**53

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
        if any(
            alias not in (None, field.alias) for alias in (field.validation_alias, field.serialization_alias)
        ):
            raise TypeError(f"{attribute}: give the name of the column as `alias`, and no other alias")
        declared = Declaration.of_field(field)
        values = _describe_values(attribute, declared)
        column = cls(
            name=field.alias or attribute,
            description=declared.description,
            nullable=declared.nullable,
            **values,
        )
        column._attribute = attribute
        return column

    @cached_property
    def attribute(self) -> str:
        """Give the name of the field in Python, which is the key in a row's `__dict__`."""
        # A column read from a manifest has no attribute; `Predictor` replaces it by the column of the task.
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

    def write(self, *numbers: float, digits: int = 6) -> str:
        """Write numbers of this column for a person: rounded, with `to` between them, and the unit."""
        texts = [f"{number:.{digits}g}" for number in numbers]
        # A large number needs no exponent.
        texts = [
            f"{number:.0f}" if "e+" in text else text for number, text in zip(numbers, texts, strict=True)
        ]
        return " to ".join(texts) + (f" {self.unit}" if self.unit else "")

    def parse(self, text: str) -> Value:
        """Parse a cell of a text file; a cell that cannot be parsed stays text, which `Features` refuses."""
        if text in self.categories:
            return text
        text = text.strip()
        if text in MISSING_TEXTS and text not in self.categories:
            # A category that may not be missing is compared with its categories, whatever the text is.
            return None if self.nullable or self.kind != "category" else text
        if self.kind == "category":
            return text
        if self.kind == "flag" and text.lower() in BOOLEANS:
            return BOOLEANS[text.lower()]
        return self._parse_number(text)

    def _parse_number(self, text: str) -> Value:
        # Python parses 1_0 as 10 and accepts the digits of every script; in a data file both are mistakes.
        if "_" in text or not text.isascii():
            return text
        # As an int, a whole number of many digits stays exact; 36.0 and 1e3 are whole, too.
        for number in (float,) if self.kind == "number" else (int, float):
            with suppress(ValueError):
                return number(text)
        return text


@dataclass(frozen=True)
class Declaration:
    """What the annotation of a field says, without `| None`, which makes it nullable."""

    annotation: Any
    marks: tuple[Any, ...]
    nullable: bool
    description: str | None
    unit: str | None

    @classmethod
    def of_field(cls, field: FieldInfo) -> Self:
        """Read the annotation; it may stand inside the union with None, `Annotated[int, ...] | None`."""
        annotation: Any = field.annotation
        is_union = typing.get_origin(annotation) in {typing.Union, types.UnionType}
        members = typing.get_args(annotation) if is_union else (annotation,)
        others = [member for member in members if member is not types.NoneType]
        fields, marks = [field], list(field.metadata)
        if len(others) == 1:
            annotation = others[0]
            if typing.get_origin(annotation) is typing.Annotated:
                annotation, *inner = typing.get_args(annotation)
                fields += [mark for mark in inner if isinstance(mark, FieldInfo)]
                marks += [mark for mark in inner if not isinstance(mark, FieldInfo)]
                marks += [mark for of_field in fields[1:] for mark in of_field.metadata]
        extras: list[Any] = [of_field.json_schema_extra or {} for of_field in fields]
        return cls(
            annotation=annotation,
            marks=tuple(marks),
            nullable=len(others) < len(members),
            description=next((found.description for found in fields if found.description), None),
            unit=next((extra["x-unit"] for extra in extras if "x-unit" in extra), None),
        )


def _describe_values(attribute: str, declared: Declaration) -> dict[str, Any]:
    """Give kind, categories, unit and bounds."""
    if typing.get_origin(declared.annotation) is Literal:
        categories = typing.get_args(declared.annotation)
        if not all(isinstance(category, str) for category in categories):
            raise TypeError(f"{attribute}: the categories of a Literal must be texts")
        return {"kind": "category", "categories": categories}
    if any(isinstance(mark, FlagValidation) for mark in declared.marks):
        return {"kind": "flag"}
    bounds = {type(mark): mark for mark in declared.marks}
    if declared.annotation not in {int, float} or not {Ge, Le} <= bounds.keys():
        raise TypeError(f"{attribute}: {EXPECTED}")
    low, high = bounds[Ge].ge, bounds[Le].le
    if low > high:
        raise TypeError(f"{attribute}: the lowest value, {low}, is above the highest, {high}")
    if declared.annotation is int and not -EXACT <= low <= high <= EXACT:
        raise TypeError(f"{attribute}: a whole number must lie between -2**53 and 2**53; use a float")
    kind = "integer" if declared.annotation is int else "number"
    return {"kind": kind, "unit": declared.unit, "minimum": low, "maximum": high}

"""The fields of a task's features as code."""

from collections.abc import Sequence
from dataclasses import dataclass

from predictor.schema.column import Column
from training.scaffold.columns.column_kinds import FoundColumn
from training.scaffold.files.attribute_names import TAKEN, attribute_names, choose_name
from training.scaffold.files.python_text import fits, number_literal, quote, write_bracket

TYPES = {"number": "float", "integer": "int", "flag": "Flag"}


@dataclass(frozen=True)
class TaskField:
    """One field: its name in Python, its type as code, and the lines that define a type with a name."""

    found: FoundColumn
    attribute: str
    type: str
    type_lines: tuple[str, ...] = ()

    @property
    def column(self) -> Column:
        """Give the column."""
        return self.found.column

    @property
    def alias(self) -> list[str]:
        """Give the argument for a column whose name is no name in Python."""
        return [] if self.column.name == self.attribute else [f"alias={quote(self.column.name)}"]

    @property
    def constraint(self) -> tuple[str, list[str]] | None:
        """Give the function that describes the values, and its arguments; None if the type says all."""
        if self.column.is_numeric:
            bounds = [number_literal(bound or 0) for bound in (self.column.minimum, self.column.maximum)]
            return "number(", [*bounds, 'unit=""', *self.alias]
        return ("Field(", self.alias) if self.alias else None

    def lines(self) -> list[str]:
        """Write the field, in one line with its comment if that fits."""
        code = f"{self.type} | None" if self.column.nullable else self.type
        default = " = None" if self.column.nullable else ""
        start = f"    {self.attribute}: "
        if self.constraint is None:
            return [f"{start}{code}{default}"]
        function, arguments = self.constraint
        line = f"{start}Annotated[{code}, {function}{', '.join(arguments)})]{default}"
        if fits(line + self._comment("  ")):
            return [line + self._comment("  ")]
        comment = [self._comment("    ")] if self._comment() else []
        if fits(line):
            return [*comment, line]
        *inside, end = write_bracket(function, arguments, ")", 8)
        return [*comment, f"{start}Annotated[", f"        {code},", *inside, f"{end},", f"    ]{default}"]

    def _comment(self, space: str = "") -> str:
        return f"{space}# In the data: {self.found.range}." if self.column.is_numeric else ""


def choose_fields(found: Sequence[FoundColumn], class_name: str) -> list[TaskField]:
    """Choose the name and the type of each field; a long list of categories becomes a type with a name."""
    attributes = attribute_names([column.column.name for column in found])
    taken = {*TAKEN, *attributes.values(), class_name}
    return [_choose_field(column, attributes[column.column.name], taken) for column in found]


def _choose_field(found: FoundColumn, attribute: str, taken: set[str]) -> TaskField:
    if found.column.kind != "category":
        return TaskField(found, attribute, TYPES[found.column.kind])
    categories = [quote(category) for category in found.column.categories]
    literal = f"Literal[{', '.join(categories)}]"
    field = TaskField(found, attribute, literal)
    if all(fits(line) for line in field.lines()):
        return field
    type_name = choose_name(camel_case(attribute), taken)
    lines = write_bracket(f"{type_name} = Literal[", categories, "]", 0)
    return TaskField(found, attribute, type_name, tuple(lines))


def camel_case(name: str) -> str:
    """Turn `some_name` into `SomeName`."""
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))

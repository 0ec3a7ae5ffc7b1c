"""The text of a task file."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from predictor.schema.column import Value
from training.scaffold.columns.column_kinds import FoundColumn, LeftOutColumn
from training.scaffold.files.python_text import long_line, quote, write_bracket
from training.scaffold.files.task_fields import TaskField, camel_case, choose_fields
from training.scaffold.target_classes import Target

MAX_LEFT_OUT_LINES = 20
MAX_NAME_LENGTH = 40


@dataclass(frozen=True)
class TaskPlan:
    """What a new task file says."""

    name: str
    target: Target
    found: Sequence[FoundColumn]
    left_out: Sequence[LeftOutColumn]
    example: dict[str, Value]
    identifier: str | None = None

    @property
    def class_name(self) -> str:
        """Give the name of the class of the features."""
        return f"{camel_case(self.name)}Features"

    @property
    def outcome(self) -> str:
        """Say what is predicted."""
        if self.target.kind == "binary":
            return f"the class {self.target.classes[1]} of {self.target.name}"
        return f"the class of {self.target.name}"


def write_task_file(plan: TaskPlan) -> str:
    """Write the file, for a person to check."""
    fields = choose_fields(plan.found, plan.class_name)
    lines = [
        f'"""The task `{plan.name}`, inferred from a data file: check the bounds, and fill in the units."""',
        "",
        *_import_lines(fields),
        *(line for field in fields if field.type_lines for line in ("", *field.type_lines)),
        "",
        "",
        *_left_out_lines(plan.left_out),
        f"class {plan.class_name}(Features):",
        '    """One row."""',
        "",
        "    example: ClassVar[dict[str, Value]] = {",
        *(long_line(f"        {quote(name)}: {_literal(value)},") for name, value in plan.example.items()),
        "    }",
        "",
        *(line for field in fields for line in field.lines()),
        "",
        "",
        *_task_lines(plan),
    ]
    return "\n".join(lines) + "\n"


def _import_lines(fields: Sequence[TaskField]) -> Iterator[str]:
    kinds = {field.column.kind for field in fields}
    typing = {
        "Annotated": any(field.constraint for field in fields),
        "ClassVar": True,
        "Literal": "category" in kinds,
    }
    features = {
        "Features": True,
        "Flag": "flag" in kinds,
        "Value": True,
        "number": any(field.column.is_numeric for field in fields),
    }
    yield f"from typing import {', '.join(name for name, is_used in typing.items() if is_used)}"
    yield ""
    if any(field.alias and not field.column.is_numeric for field in fields):
        yield "from pydantic import Field"
        yield ""
    yield (
        "from predictor.schema.features import "
        f"{', '.join(name for name, is_used in features.items() if is_used)}"
    )
    yield "from predictor.schema.task import Task"


def _left_out_lines(left_out: Sequence[LeftOutColumn]) -> list[str]:
    lines = [
        f"# Left out: {quote(column.name[:MAX_NAME_LENGTH])}, {column.short_reason}."
        for column in left_out[:MAX_LEFT_OUT_LINES]
    ]
    more = len(left_out) - MAX_LEFT_OUT_LINES
    return [*lines, f"# Left out: {more} more columns."] if more > 0 else lines


def _task_lines(plan: TaskPlan) -> list[str]:
    classes = [quote(name) for name in plan.target.classes]
    lines = [
        "TASK = Task(",
        f"    name={quote(plan.name)},",
        f"    title={quote(plan.name.replace('_', ' ').capitalize())},",
        f"    kind={quote(plan.target.kind)},",
        f"    features={plan.class_name},",
        long_line(f"    target={quote(plan.target.name)},"),
        *write_bracket("classes=(", classes, "),", 4),
        long_line(f"    outcome={quote(plan.outcome)},"),
    ]
    if plan.identifier is not None:
        lines.append(long_line(f"    identifier={quote(plan.identifier)},"))
    return [*lines, ")"]


def _literal(value: Value) -> str:
    return quote(value) if isinstance(value, str) else repr(value)

"""The command that writes a task file and a recipe file for a new table."""

import argparse
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table as PrintedTable

from training.commands.arguments import COMMANDS
from training.data.header import find_spelling
from training.errors import UsageError
from training.scaffold.columns.column_kinds import FoundColumn, LeftOutColumn, infer_column
from training.scaffold.columns.example_row import choose_example
from training.scaffold.files.destination import Destination, check_name, find_destination
from training.scaffold.files.recipe_file import write_recipe_file
from training.scaffold.files.task_file import TaskPlan, write_task_file
from training.scaffold.table import Table, read_table
from training.scaffold.target_classes import Target, find_target

MAX_PRINTED_CATEGORIES = 4


def create_task(
    arguments: argparse.Namespace,
    extra: Sequence[str],
    sources: Sequence[str],
    console: Console,
) -> None:
    """Infer the task from the data file, write its files, and print what was decided and the next command.

    `extra` are the sources that the command line names, `sources` those and the ones of the environment.
    """
    destination = find_destination(sources)
    check_name(arguments.name, sources, destination, set(COMMANDS))
    table = read_table(arguments.data)
    plan = plan_task(arguments.name, table, arguments)
    paths = write_files(plan, destination)
    for note in table.notes:
        console.print(note, soft_wrap=True)
    print_plan(plan, console)
    print_next(arguments.name, arguments.data, paths, extra, console)


def plan_task(name: str, table: Table, arguments: argparse.Namespace) -> TaskPlan:
    """Infer the classes and the columns; UsageError where there is nothing to predict, or to predict from."""
    target = find_target(table, arguments.target, arguments.positive)
    if arguments.id is not None:
        _check_identifier(table, arguments.id, target)
    names = [column for column in table.columns if column not in {target.name, arguments.id}]
    inferred = [infer_column(column, table.columns[column], table.lines) for column in names]
    found = [column for column in inferred if isinstance(column, FoundColumn)]
    if not found:
        raise UsageError(f"{table.path}: no column can be used to predict {target.name!r}.")
    left_out = [column for column in inferred if isinstance(column, LeftOutColumn)]
    _check_spellings(table, left_out, [*(column.column.name for column in found), target.name])
    return TaskPlan(name, target, found, left_out, choose_example(found), arguments.id)


def _check_spellings(table: Table, left_out: Sequence[LeftOutColumn], kept: Sequence[str]) -> None:
    """Raise UsageError where training would ask which of two columns is meant."""
    for column in left_out:
        if similar := find_spelling(column.name, kept):
            raise UsageError(
                f"{table.path}: column {column.name!r} cannot be used ({column.short_reason}), and its name "
                f"is spelled like {similar!r}; rename or remove one of them."
            )


def _check_identifier(table: Table, name: str, target: Target) -> None:
    texts = table.column("--id", name)
    if name == target.name:
        raise UsageError(f"--id: {name!r} is the target, too; name another column.")
    if len(set(texts)) < len(texts) or "" in texts:
        raise UsageError(f"--id: column {name!r} is empty or the same in some rows; leave --id out.")


def write_files(plan: TaskPlan, destination: Destination) -> list[Path]:
    """Write both files."""
    recipe = write_recipe_file(plan.name, destination.tasks_module, plan.target)
    return destination.write(plan.name, write_task_file(plan), recipe)


def print_plan(plan: TaskPlan, console: Console) -> None:
    """Print the columns that the task has, those that it has not, and the classes."""
    printed = PrintedTable("column", "kind", "in the data", "missing")
    for found in plan.found:
        missing = len(found.values) - len(found.known)
        printed.add_row(found.column.name, found.column.kind, _describe(found), str(missing or "-"))
    console.print(printed)
    if plan.left_out:
        refused = PrintedTable("left out", "reason")
        for column in plan.left_out:
            refused.add_row(column.name, column.reason)
        console.print(refused)
    counts = ", ".join(f"{name} ({rows} rows)" for name, rows in plan.target.rows.items())
    console.print(f"Classes of {plan.target.name}: {counts}.", soft_wrap=True)
    if plan.target.kind == "binary":
        console.print(
            f"The probability is that of {plan.target.classes[1]} ({plan.target.choice}); "
            "--positive names another class.",
            soft_wrap=True,
        )


def _describe(found: FoundColumn) -> str:
    if found.column.is_numeric:
        return found.range
    return "; ".join(filter(None, (_list_levels(found.column.levels), found.note)))


def _list_levels(levels: Sequence[str]) -> str:
    more = (
        f", and {len(levels) - MAX_PRINTED_CATEGORIES} more" if len(levels) > MAX_PRINTED_CATEGORIES else ""
    )
    return ", ".join(levels[:MAX_PRINTED_CATEGORIES]) + more


def print_next(name: str, data: Path, paths: Sequence[Path], extra: Sequence[str], console: Console) -> None:
    """Print the files and the commands that come next."""
    tasks = f" --tasks {shlex.quote(','.join(extra))}" if extra else ""
    console.print(f"Wrote {' and '.join(map(str, paths))}.", soft_wrap=True)
    console.print("Check the bounds there, and fill in the units and what the task is for. Then:")
    console.print(f"  {_python()} -m training {name} --data {shlex.quote(str(data))}{tasks}", soft_wrap=True)
    console.print(f"  {_python()} -m app{tasks}" if tasks else "  make serve", soft_wrap=True)


def _python() -> str:
    """Give the interpreter as it can be typed here."""
    path, here = Path(sys.executable), Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else "python"

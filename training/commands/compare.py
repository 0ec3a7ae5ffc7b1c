"""The command that compares trained models of one task."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.measure import Measurement
from rich.table import Table

from training.commands.arguments import MAX_COMPARED, PROG
from training.data.dataset import DataSet, read_data
from training.errors import UsageError
from training.evaluation.comparison.candidates import (
    Candidate,
    find_common_rows,
    find_task_name,
    read_candidate,
)
from training.evaluation.comparison.paired import compare_on_rows
from training.evaluation.comparison.report import (
    Section,
    describe_differences,
    describe_metrics,
    describe_models,
    describe_recipes,
    write_page,
)
from training.evaluation.markdown_page import check_writable, page_errors
from training.task_recipes import TaskRecipes

NO_DATA = "--data FILE, the file that the models were trained on, adds the paired differences."
OTHER_FEATURES = (
    "The paired difference needs models of the same features and classes, those that the task has now; "
    "trained for others: {}."
)
MAX_WIDTH = 10_000


def compare(
    recipes_by_task: Mapping[str, TaskRecipes],
    folders: Sequence[Path],
    data_file: Path | None,
    page: Path,
    console: Console,
) -> None:
    """Print the comparison and write it to the page; UsageError says why models cannot be compared."""
    if len(folders) > MAX_COMPARED:
        raise UsageError(f"At most {MAX_COMPARED} models can be compared at once.")
    name = find_task_name(folders)
    if name not in recipes_by_task:
        raise UsageError(
            f"{folders[0]} is a model of {name}, and there is no task of that name; see --tasks."
        )
    task_recipes = recipes_by_task[name]
    candidates = [read_candidate(folder, task_recipes.task) for folder in folders]
    check_writable(page)
    sections = [
        describe_models(candidates),
        describe_recipes(candidates),
        describe_metrics(candidates),
        _paired(task_recipes, candidates, data_file),
    ]
    for section in sections:
        print_section(section, console)
    command = f"{PROG} compare {' '.join(map(str, folders))}"
    with page_errors(page):
        page.write_text(write_page(task_recipes.task.title, command, sections), encoding="utf-8")
    console.print(f"Wrote {page}.", soft_wrap=True)


def _paired(task_recipes: TaskRecipes, candidates: Sequence[Candidate], data_file: Path | None) -> Section:
    others = [str(candidate.folder) for candidate in candidates if candidate.predictor is None]
    if others:
        return Section("Paired differences", OTHER_FEATURES.format(", ".join(others)))
    if data_file is not None:
        return _differences(candidates, read_data(data_file, task_recipes.task))
    if task_recipes.builtin_data is None:
        return Section("Paired differences", NO_DATA)
    try:
        return _differences(candidates, task_recipes.builtin_data())
    except UsageError as error:
        # The command named no data, so the other sections are still of use.
        return Section("Paired differences", f"{error} {NO_DATA}")


def _differences(candidates: Sequence[Candidate], data: DataSet) -> Section:
    common = find_common_rows(candidates, data)
    return describe_differences(candidates, compare_on_rows(candidates, data, common))


def print_section(section: Section, console: Console) -> None:
    """Print the heading, the sentences and the table, in full width."""
    console.print(f"\n{section.title}")
    if section.text:
        console.print(section.text, soft_wrap=True)
    if section.rows:
        table = Table(*section.headings)
        for row in section.rows:
            table.add_row(*row)
        # In a console that is narrower than the table, rich would cut or break the cells.
        wide = console.options.update(width=MAX_WIDTH)
        console.width = max(console.width, Measurement.get(console, wide, table).maximum)
        console.print(table)

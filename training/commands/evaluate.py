"""The command that compares a recipe with other models on 20 folds."""

import time
from pathlib import Path

from rich.console import Console

from training.commands.progress import print_notes
from training.data.dataset import read_data
from training.errors import UsageError
from training.evaluation.cross_validation import TWENTY_FOLDS, Resampling, compare
from training.evaluation.markdown_page import check_writable, page_errors
from training.task_recipes import TaskRecipes


def evaluate(
    task_recipes: TaskRecipes,
    recipe_name: str,
    data_file: Path,
    page: Path | None,
    console: Console,
    resampling: Resampling = TWENTY_FOLDS,
) -> None:
    """Print the comparison, and write it to the page if one is named."""
    if recipe_name not in task_recipes.recipes:
        raise UsageError(f"--recipe: must be one of {', '.join(task_recipes.recipes)}.")
    if page is not None:
        check_writable(page)
    started = time.perf_counter()
    data = read_data(data_file, task_recipes.task)
    print_notes(data, console)
    text = compare(task_recipes, recipe_name, data, resampling)
    console.print(text, soft_wrap=True)
    console.print(f"Took {time.perf_counter() - started:.0f} s.")
    if page is not None:
        with page_errors(page):
            page.write_text(text + "\n", encoding="utf-8")

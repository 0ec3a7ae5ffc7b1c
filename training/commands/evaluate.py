"""The command that compares a recipe with other recipes and baselines on the same folds."""

import time
from pathlib import Path

from rich.console import Console

from training.commands.progress import print_notes
from training.data.dataset import read_data
from training.errors import UsageError
from training.evaluation.folds.processes import open_scorer
from training.evaluation.folds.report.page import write_page
from training.evaluation.folds.results import FULL_PLAN, Plan, compute_results
from training.evaluation.markdown_page import check_writable, page_errors
from training.task_recipes import TaskRecipes


def evaluate(
    task_recipes: TaskRecipes,
    recipe_name: str,
    data_file: Path,
    page: Path | None,
    console: Console,
    plan: Plan = FULL_PLAN,
) -> None:
    """Print the comparison, and write it to the page if one is named."""
    if recipe_name not in task_recipes.recipes:
        raise UsageError(f"--recipe: must be one of {', '.join(task_recipes.recipes)}.")
    if page is not None:
        check_writable(page)
    started = time.perf_counter()
    data = read_data(data_file, task_recipes.task)
    print_notes(data, console)
    with open_scorer(data, lambda line: console.print(line, soft_wrap=True), plan.processes) as scorer:
        text = write_page(compute_results(task_recipes, task_recipes.recipes[recipe_name], scorer, plan))
    console.print(f"\n{text}\n", soft_wrap=True)
    if page is not None:
        with page_errors(page):
            page.write_text(text + "\n", encoding="utf-8")
        console.print(f"Wrote {page}.", soft_wrap=True)
    console.print(f"Took {time.perf_counter() - started:.0f} s.")

"""The command that trains the model of one task and publishes it."""

import argparse
import time
from pathlib import Path

import torch
from rich.console import Console
from rich.table import Table

from training.commands.arguments import DEFAULT_RECIPE, EXPERIMENTS, MODELS
from training.commands.cautions import describe_test
from training.commands.progress import ProgressDisplay, print_notes
from training.commands.recipe_flags import choose_recipe
from training.commands.run_logs import EpochReports, open_run_log
from training.data.dataset import read_data
from training.errors import UsageError
from training.evaluation.operating_points import find_thresholds
from training.publication.publish import publish
from training.recipe import Recipe
from training.run import TrainingResult, train
from training.task_recipes import TaskRecipes

METRICS = ("loss", "pr_auc", "accuracy", "roc_auc", "brier")


def run(task_recipes: TaskRecipes, arguments: argparse.Namespace, console: Console) -> None:
    """Train the task, print the report and publish the model."""
    started = time.perf_counter()
    recipe = choose_recipe(task_recipes, arguments)
    out = choose_out(arguments, recipe)
    device = choose_device(arguments.device)
    if arguments.data is None and task_recipes.builtin_data:
        data = task_recipes.builtin_data()
    else:
        data = read_data(arguments.data, task_recipes.task)
    print_notes(data, console)
    log = open_run_log(arguments.log, recipe, data.task.name)
    progress = ProgressDisplay(recipe, console)
    with log:
        with progress.bar:
            result = train(recipe, data, device, EpochReports((progress.show_epoch, log.log_epoch)))
        print_report(result, console)
        published = publish(result, out, task_recipes.groupings, task_recipes.adjust_for)
        log.log_result(result, published)
    if log.place:
        console.print(f"Logged the run to {log.place}.", soft_wrap=True)
    console.print(f"Wrote {published} in {time.perf_counter() - started:.1f} s.", soft_wrap=True)


def choose_out(arguments: argparse.Namespace, recipe: Recipe) -> Path:
    """Give the folder to publish in; UsageError where it cannot be a folder.

    By default only the production recipe goes to the folder that the server reads.
    """
    out: Path = arguments.out or (MODELS if recipe.name == DEFAULT_RECIPE else EXPERIMENTS)
    try:
        nearest = next(path for path in (out, *out.parents) if path.exists())
        if not nearest.is_dir():
            raise UsageError(f"--out: {nearest} is a file; name a folder.")
    except OSError as error:
        raise UsageError(f"--out: {out} cannot be used: {error.strerror}.") from None
    return out


def choose_device(requested: str) -> str:
    """Give `cpu` or `cuda`; UsageError where `cuda` is requested and torch finds no GPU."""
    if requested == "cuda" and not torch.cuda.is_available():
        raise UsageError("--device cuda: torch finds no GPU; use cpu or auto.")
    return "cuda" if requested != "cpu" and torch.cuda.is_available() else "cpu"


def print_report(result: TrainingResult, console: Console) -> None:
    """Print the number of epochs, the metrics, and the confusion matrix at each operating point."""
    history = result.history
    if result.constant:
        names = ", ".join(f"{name!r}" for name in result.constant)
        console.print(f"Not used, because all training rows have the same value: {names}.", soft_wrap=True)
    console.print(f"{len(history.epochs)} epochs; the weights are those of epoch {history.best_epoch}.")
    metrics = Table("split", "rows", *METRICS)
    for name, scored in {"validation": result.validation, "test": result.test}.items():
        found = scored.metrics()
        values = [f"{found[metric]:.4f}" if found else "-" for metric in METRICS]
        metrics.add_row(name, str(len(scored.labels_B)), *values)
    console.print(metrics)
    thresholds = find_thresholds(result.recipe, result.validation)
    if result.task.kind == "binary":
        confusions = Table("operating point", "threshold", "[[TN, FP], [FN, TP]] on the test rows")
        for name, point in thresholds.operating_points.items():
            matrix = result.test.confusion(point.threshold)
            confusions.add_row(name, f"{point.threshold:.4f}", str(matrix))
        console.print(confusions)
    if caution := describe_test(result, thresholds):
        console.print(caution, soft_wrap=True)
    if result.calibration.method == "none":
        console.print("The probabilities are not calibrated; `calibration` in the recipe changes that.")

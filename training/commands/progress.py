"""The progress of a training run: a bar in a terminal, plain lines elsewhere."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from training.learning.early_stopping import EarlyStopping
from training.learning.history import Epoch
from training.learning.trainer import OnEpochEnd
from training.recipe import Recipe

LINE_EVERY = 10


@contextmanager
def show_progress(recipe: Recipe, console: Console) -> Iterator[OnEpochEnd]:
    """Give a callback that shows each epoch, for as long as the context lasts."""
    if not console.is_terminal:
        yield lambda epoch, stopping: _print_line(recipe, console, epoch, stopping)
        return
    columns = (
        TextColumn("training"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[status]}"),
    )
    with Progress(*columns, console=console) as bar:
        job = bar.add_task("training", total=recipe.epochs, status="")
        yield lambda epoch, stopping: bar.update(
            job, completed=epoch.number, status=_status(recipe, epoch, stopping)
        )


def _print_line(recipe: Recipe, console: Console, epoch: Epoch, stopping: EarlyStopping) -> None:
    if epoch.number % LINE_EVERY == 0 or epoch.number in {1, recipe.epochs} or stopping.is_over:
        console.print(
            f"epoch {epoch.number:4d}  {_status(recipe, epoch, stopping)}",
            highlight=False,
            soft_wrap=True,
        )


def _status(recipe: Recipe, epoch: Epoch, stopping: EarlyStopping) -> str:
    status = f"loss {epoch.loss:.4f}"
    if epoch.validation:
        status += f"  validation {recipe.monitor} {epoch.validation[recipe.monitor]:.4f}"
    if stopping.best_value is not None:
        status += f"  best {stopping.best_value:.4f} (epoch {stopping.best_epoch})"
    if stopping.patience_left is not None:
        status += f"  patience left {stopping.patience_left}"
    return status

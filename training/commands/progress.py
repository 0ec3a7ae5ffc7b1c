"""The progress of a training run: a bar in a terminal, plain lines elsewhere."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from training.learning.early_stopping import EarlyStopping
from training.learning.history import Epoch
from training.learning.trainer import OnEpochEnd
from training.recipe import Recipe

EPOCHS_PER_LINE = 10


@contextmanager
def show_progress(recipe: Recipe, console: Console) -> Iterator[OnEpochEnd]:
    """Give a callback that shows each epoch, for as long as the context lasts."""
    if not console.is_terminal:
        yield ProgressLines(recipe, console).show_epoch
        return
    columns = (
        TextColumn("training"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[status]}"),
    )
    with Progress(*columns, console=console) as progress:
        bar = progress.add_task("training", total=recipe.epochs, status="")
        yield ProgressBar(recipe, progress, bar).show_epoch


@dataclass(frozen=True)
class ProgressBar:
    """A bar that moves with each epoch."""

    recipe: Recipe
    progress: Progress
    bar: TaskID

    def show_epoch(self, epoch: Epoch, stopping: EarlyStopping) -> None:
        """Move the bar and show the epoch's figures beside it."""
        self.progress.update(self.bar, completed=epoch.number, status=_status(self.recipe, epoch, stopping))


@dataclass(frozen=True)
class ProgressLines:
    """A line for the first epoch, every tenth, and the last."""

    recipe: Recipe
    console: Console

    def show_epoch(self, epoch: Epoch, stopping: EarlyStopping) -> None:
        """Print the epoch's figures, if it has a line."""
        is_last = epoch.number == self.recipe.epochs or stopping.is_over
        if epoch.number == 1 or epoch.number % EPOCHS_PER_LINE == 0 or is_last:
            status = _status(self.recipe, epoch, stopping)
            self.console.print(f"epoch {epoch.number:4d}  {status}", soft_wrap=True)


def _status(recipe: Recipe, epoch: Epoch, stopping: EarlyStopping) -> str:
    status = f"loss {epoch.loss:.4f}"
    if epoch.validation:
        status += f"  validation {recipe.monitor} {epoch.validation[recipe.monitor]:.4f}"
    if stopping.best_value is not None:
        status += f"  best {stopping.best_value:.4f} (epoch {stopping.best_epoch})"
    if stopping.patience_left is not None:
        status += f"  patience left {stopping.patience_left}"
    return status

"""What the commands print while they run: notes about the data, and the progress of a training run."""

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from training.data.dataset import DataSet
from training.learning.early_stopping import EarlyStopping
from training.learning.history import Epoch
from training.recipe import Recipe

EPOCHS_PER_LINE = 10


def print_notes(data: DataSet, console: Console) -> None:
    """Print what is unusual about a data file, and which of its columns are ignored."""
    for note in data.notes:
        console.print(note, soft_wrap=True)


class ProgressDisplay:
    """Shows every epoch in a bar; where the console is no terminal, prints some of them instead."""

    def __init__(self, recipe: Recipe, console: Console) -> None:
        self.recipe = recipe
        self.console = console
        self.bar = Progress(
            TextColumn("training"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[status]}"),
            console=console,
            disable=not console.is_terminal,
        )
        self._task = self.bar.add_task("training", total=recipe.epochs, status="")

    def show_epoch(self, epoch: Epoch, stopping: EarlyStopping) -> None:
        """Move the bar; without a bar, print the first epoch, every tenth and the last."""
        status = self._status(epoch, stopping)
        self.bar.update(self._task, completed=epoch.number, status=status)
        is_last = epoch.number == self.recipe.epochs or stopping.is_over
        if self.bar.disable and (epoch.number == 1 or epoch.number % EPOCHS_PER_LINE == 0 or is_last):
            self.console.print(f"epoch {epoch.number:4d}  {status}", soft_wrap=True)

    def _status(self, epoch: Epoch, stopping: EarlyStopping) -> str:
        status = f"loss {epoch.loss:.4f}"
        if epoch.validation:
            status += f"  validation {self.recipe.monitor} {epoch.validation[self.recipe.monitor]:.4f}"
        if stopping.best_value is not None:
            status += f"  best {stopping.best_value:.4f} (epoch {stopping.best_epoch})"
        if stopping.patience_left is not None:
            status += f"  patience left {stopping.patience_left}"
        return status

"""Quick training runs, and what they leave on the disk."""

from pathlib import Path

from predictor.task import Task
from training.data import DataSet
from training.recipe import Recipe
from training.run import Trained, train


def ignore(epoch, stopping) -> None:
    """Observe nothing."""


def quick(recipe: Recipe) -> Recipe:
    return recipe.model_copy(update={"epochs": 3, "patience": 0})


def quickly_trained(task: Task, recipe: Recipe, data: DataSet) -> Trained:
    return train(task, quick(recipe), data, "cpu", ignore)


def contents(folder: Path) -> dict[str, bytes]:
    """Give every file under a folder by its path there."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }

"""What is known about training one task: its recipes, its experiments, its subgroups."""

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass

from predictor.schema.features import Value
from predictor.schema.task import Task
from training.data.dataset import DataSet
from training.recipe import Recipe


@dataclass(frozen=True)
class Experiment:
    """One row of the lecture: what to change in its recipe, what it printed, and how ours is told.

    `tells` names a function of `training.lecture.experiments`; `at` is the threshold of a confusion matrix.
    """

    row: int
    title: str
    changes: dict[str, object]
    printed: str
    tells: str
    at: float = 0.5


@dataclass(frozen=True)
class Grouping:
    """Subgroups of the rows by one column: its categories, bands of its numbers, or whether it is missing."""

    by: str
    column: str
    edges: tuple[float, ...] = ()
    missing: bool = False

    def group(self, value: Value) -> str:
        """Name the group of one value."""
        if self.missing:
            return "missing" if value is None else "known"
        if not self.edges:
            return str(value)
        if value is None:
            return "missing"
        band = bisect_right(self.edges, float(value))
        if band == 0:
            return f"under {self.edges[0]}"
        if band == len(self.edges):
            return f"from {self.edges[-1]}"
        return f"{self.edges[band - 1]} to {self.edges[band]}"


@dataclass(frozen=True)
class TaskRecipes:
    """All that is known about training one task: its recipes, and data if any comes with the code.

    `compared` names the recipes that an evaluation puts beside the one that it judges, on the same folds;
    `scatter` lists changes to the lecture's recipe whose spread over seeds the lecture's page shows.
    """

    task: Task
    recipes: dict[str, Recipe]
    builtin_data: Callable[[], DataSet] | None = None
    experiments: tuple[Experiment, ...] = ()
    compared: tuple[str, ...] = ()
    scatter: tuple[dict[str, object], ...] = ()
    groupings: tuple[Grouping, ...] = ()

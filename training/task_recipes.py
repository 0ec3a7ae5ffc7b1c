"""The recipes of one task, with its experiments and its subgroups."""

from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from predictor.schema.column import Value
from predictor.schema.task import Task
from training.data.dataset import DataSet
from training.preprocessing.inputs import choose_inputs
from training.recipe import Recipe


@dataclass(frozen=True)
class Experiment:
    """One row of the lecture's table.

    `changes` are applied to the recipe `lecture`, `printed` is the lecture's own result, `formatter` names
    the function of `training.lecture.formatters` that writes ours. `threshold` is that of a confusion matrix.
    """

    row: int
    title: str
    changes: dict[str, object]
    printed: str
    formatter: str
    threshold: float = 0.5


@dataclass(frozen=True)
class Grouping:
    """Subgroups by one column: by its categories, by ranges of it, or by whether it is missing."""

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
    """A task and its recipes by name.

    `builtin_data` gives the data of a task that needs no file. `compared` has the names of the recipes that
    `evaluate` trains beside the evaluated one, each with what it shows. `seed_spread` lists changes to the
    recipe `lecture`; for each of them, the lecture's page shows the results of several seeds. `draws_like`
    names columns: for the baselines of `evaluate`, a missing value is drawn from rows that are alike in them.
    The card adjusts observed rates for the column `adjust_for`. ValueError names a column that the task does
    not have.
    """

    task: Task
    recipes: dict[str, Recipe]
    builtin_data: Callable[[], DataSet] | None = None
    experiments: tuple[Experiment, ...] = ()
    compared: Mapping[str, str] = field(default_factory=dict)
    seed_spread: tuple[dict[str, object], ...] = ()
    groupings: tuple[Grouping, ...] = ()
    draws_like: tuple[str, ...] = ()
    adjust_for: str | None = None

    def __post_init__(self) -> None:
        for recipe in self.recipes.values():
            choose_inputs(recipe, self.task.features)
        names = [column.name for column in self.task.features.columns()]
        for name in self.draws_like:
            if name not in names:
                raise ValueError(f"draws_like: there is no column {name!r}; there are {', '.join(names)}")
        if self.adjust_for not in {None, *names}:
            raise ValueError(
                f"adjust_for: there is no column {self.adjust_for!r}; there are {', '.join(names)}"
            )

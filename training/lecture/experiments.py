"""The training runs behind the lecture's experiments."""

import time
from dataclasses import dataclass

from training.data.dataset import DataSet
from training.recipe import change_recipe
from training.run import TrainingResult, train
from training.task_recipes import TaskRecipes


@dataclass(frozen=True)
class Run:
    """A training result and the seconds that the training took."""

    result: TrainingResult
    seconds: float


class ExperimentRunner:
    """Trains the experiments of one task; experiments with the same recipe share one run."""

    def __init__(self, task_recipes: TaskRecipes, data: DataSet) -> None:
        self.task_recipes = task_recipes
        self._data = data
        self._runs: dict[str, Run] = {}

    def run(self, changes: dict[str, object]) -> Run:
        """Train the recipe `lecture` with these changes, unless that was done before."""
        recipe = change_recipe(self.task_recipes.recipes["lecture"], changes)
        key = recipe.model_dump_json()
        if key not in self._runs:
            started = time.perf_counter()
            result = train(self.task_recipes.task, recipe, self._data, "cpu", lambda _epoch, _stopping: None)
            self._runs[key] = Run(result, time.perf_counter() - started)
        return self._runs[key]

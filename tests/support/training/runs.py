"""Short training runs, and the files that they write.

Shapes: N rows, F inputs, C outputs.
"""

from pathlib import Path

import numpy as np
import torch

from predictor.artefact.weights import Array
from training.data.dataset import DataSet
from training.data.split import Fold
from training.learning.history import History
from training.learning.network import Network
from training.learning.trainer import finite_array, fit
from training.preprocessing.network_inputs import NetworkInputs
from training.recipe import Recipe
from training.recipes import read_task_recipes
from training.run import TrainingResult, train


def quick(recipe: Recipe) -> Recipe:
    return recipe.model_copy(update={"epochs": 3, "patience": 0})


def quickly_trained(recipe: Recipe, data: DataSet) -> TrainingResult:
    return train(quick(recipe), data)


def fit_every_row(network: Network, recipe: Recipe, x_NF: torch.Tensor, labels_N: torch.Tensor) -> History:
    """Fit a network of one member to all rows; none is held out."""
    indices = np.arange(len(labels_N))
    return fit(
        network, NetworkInputs.of_rows(x_NF), labels_N, (Fold(train=indices, validation=indices[:0]),), recipe
    )


def fitted_logits(network: Network, recipe: Recipe, x_NF: torch.Tensor, labels_N: torch.Tensor) -> Array:
    """Fit a network of one member to all rows and give its logits of them (N, C)."""
    fit_every_row(network, recipe, x_NF, labels_N)
    return mean_logits(network, x_NF)


def mean_logits(network: Network, x_NF: torch.Tensor) -> Array:
    """Give the mean of the members' logits (N, C), not calibrated."""
    with torch.inference_mode():
        return finite_array(network(x_NF).mean(dim=0))


def contents(folder: Path) -> dict[str, bytes]:
    """Give the content of every file below a folder by its relative path."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def lines_about_added_tasks() -> list[str]:
    """Give what a run that succeeds prints about mistakes in task files that someone has added here."""
    return [f"Left out: {mistake}" for mistake in read_task_recipes(()).mistakes.values()]

"""Seconds of each epoch of the lecture recipe with the trainer of this project: CSV EPOCHS ARRAYS.

The preprocessed arrays are written to the file ARRAYS, so that a peer trains on the same numbers.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
import torch

from benchmarks.workload import TASK
from training.data.dataset import features_frame, read_data
from training.data.split import split_rows
from training.learning.trainer import fit
from training.preprocessing.inputs import choose_inputs
from training.preprocessing.network_inputs import encode_to_learn
from training.preprocessing.pipeline import fit_preprocessor
from training.recipes import find_task_recipes
from training.run import build_network


def measure(csv: Path, epochs: int, arrays: Path) -> list[float]:
    """Train `epochs` epochs with validation; return the seconds of each epoch except the first."""
    torch.set_num_threads(1)
    task_recipes = find_task_recipes()[TASK.name]
    recipe = task_recipes.recipes["lecture"].model_copy(update={"epochs": epochs, "patience": 0})
    data = read_data(csv, TASK)
    splits = split_rows(data, recipe.split)
    inputs = choose_inputs(recipe, TASK.features)
    preprocessor = fit_preprocessor(recipe, inputs, features_frame(data.take(splits.train)))
    encoded = encode_to_learn(preprocessor, data, splits.train)
    fold = splits.folds[0]
    np.savez(arrays, x=encoded.x_NF.numpy(), y=data.labels, train=fold.train, validation=fold.validation)

    ends: list[float] = []
    network = build_network(TASK, recipe, encoded.x_NF.shape[1])
    labels_N = torch.as_tensor(data.labels)
    fit(network, encoded, labels_N, splits.folds, recipe, lambda *_: ends.append(time.perf_counter()))
    return np.diff(ends).tolist()


if __name__ == "__main__":
    print(json.dumps(measure(Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))))

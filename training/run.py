"""One training run, from validated rows to a training result.

Shapes: N rows of the data, B rows of a split, F encoded features, C outputs.
"""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from sklearn.metrics import confusion_matrix

from predictor.artefact.reader import MAX_ARRAYS_BYTES
from predictor.artefact.records import CalibrationRecord
from predictor.artefact.weights import Array, NetworkShape
from predictor.engines.activations import probabilities_from_logits
from predictor.schema.features import Features
from predictor.schema.task import Task
from training.data.dataset import DataSet, Labels, features_frame
from training.data.split import Splits, leave_out_unknown, split_rows
from training.errors import UsageError
from training.learning.calibration import calibrate, calibrated_mean
from training.learning.history import History
from training.learning.metrics import all_metrics
from training.learning.network import Network
from training.learning.row_logits import RowLogits
from training.learning.trainer import (
    OnEpochEnd,
    finite_array,
    fit,
    ignore_epoch,
    validation_logits,
)
from training.preprocessing.inputs import Inputs, check_values, choose_inputs, drop_constant, varies
from training.preprocessing.network_inputs import Fillings, encode_to_learn, encode_to_predict
from training.preprocessing.pipeline import Preprocessor, fit_preprocessor
from training.recipe import Recipe

# The file of arrays also holds their names and shapes.
MAX_WEIGHTS_BYTES = MAX_ARRAYS_BYTES - 2**20


@dataclass(frozen=True)
class ScoredRows:
    """Labels and calibrated probabilities of some rows."""

    labels_B: Labels
    probabilities_BC: Array

    def metrics(self) -> dict[str, float]:
        """Give every metric by name; empty where there are no rows."""
        return all_metrics(self.labels_B, self.probabilities_BC) if self.labels_B.size else {}

    def confusion(self, threshold: float) -> list[list[int]]:
        """Count [[true negatives, false positives], [false negatives, true positives]] of a binary task."""
        flagged_B = self.probabilities_BC[:, 0] >= threshold
        matrix: list[list[int]] = confusion_matrix(self.labels_B, flagged_B, labels=[0, 1]).tolist()
        return matrix


@dataclass(frozen=True)
class TrainingResult:
    """Everything that a run learned; the network is on the CPU.

    `constant` names the columns that the recipe would use, had they more than one value in the training rows.
    The probabilities of `validation` and `test` are calibrated; `validation_logits` are not.
    """

    task: Task
    recipe: Recipe
    data: DataSet
    splits: Splits
    inputs: Inputs
    constant: tuple[str, ...]
    preprocessor: Preprocessor
    network: Network
    history: History
    calibration: CalibrationRecord
    validation_logits: RowLogits
    validation: ScoredRows
    test: ScoredRows
    left_out: ScoredRows
    seconds: float


def train(
    recipe: Recipe,
    data: DataSet,
    device: str = "cpu",
    on_epoch_end: OnEpochEnd = ignore_epoch,
    splits: Splits | None = None,
) -> TrainingResult:
    """Fit and calibrate on the training and validation rows, then score the test rows.

    The split is that of the recipe, unless another one is given. The same seed gives the same result.
    """
    started = time.perf_counter()
    splits = splits or split_rows(data, recipe.split)
    splits = choose_rows(recipe, data, splits)
    train_rows = data.take(splits.train)
    inputs, constant = drop_constant(choose_inputs(recipe, data.task.features), train_rows)
    preprocessor = fit_preprocessor(recipe, inputs, features_frame(train_rows))
    encoded = encode_to_learn(preprocessor, data, splits.train, device)
    labels_N = torch.as_tensor(data.labels, device=device)

    network = build_network(data.task, recipe, encoded.x_NF.shape[1])
    set_prior(network, recipe, data.labels[splits.train])
    network = network.to(device)
    history = fit(network, encoded, labels_N, splits.folds, recipe, on_epoch_end)

    validation = validation_logits(network, encoded.fillings, splits.folds)
    calibration = calibrate(recipe, validation, data.labels[splits.validation])
    test_BC = mean_logits(network, encoded.fillings.take(splits.test), calibration)
    left_out_BC = mean_logits(network, encoded.fillings.take(splits.left_out), calibration)

    return TrainingResult(
        task=data.task,
        recipe=recipe,
        data=data,
        splits=splits,
        inputs=inputs,
        constant=constant,
        preprocessor=preprocessor,
        network=network.cpu(),
        history=history,
        calibration=calibration,
        validation_logits=validation,
        validation=_score(data.labels[splits.validation], calibrated_mean(calibration, validation)),
        test=_score(data.labels[splits.test], test_BC),
        left_out=_score(data.labels[splits.left_out], left_out_BC),
        seconds=time.perf_counter() - started,
    )


def choose_rows(recipe: Recipe, data: DataSet, splits: Splits) -> Splits:
    """Leave out the rows that the recipe learns nothing from; UsageError where a column is left empty."""
    check_values(data.take(splits.train))
    inputs = choose_inputs(recipe, data.task.features)
    known = [column for column in inputs.known if varies(column, data.take(splits.train))]
    splits = leave_out_unknown(data, splits, known)
    check_values(data.take(splits.train), known)
    return splits


def build_network(task: Task, recipe: Recipe, inputs: int) -> Network:
    """Build the network with weights drawn from the recipe's seed; UsageError where it is too large."""
    shape = NetworkShape(
        members=recipe.split.folds,
        inputs=inputs,
        hidden=recipe.hidden,
        outputs=task.outputs,
        activation=recipe.activation,
        negative_slope=recipe.negative_slope if recipe.activation == "leaky_relu" else 0.0,
    )
    weights_bytes = 4 * shape.members * shape.parameters
    if weights_bytes > MAX_WEIGHTS_BYTES:
        raise UsageError(
            f"--hidden: the networks have {weights_bytes / 2**20:.0f} MiB of weights, and the server reads "
            f"at most {MAX_WEIGHTS_BYTES / 2**20:.0f}; use fewer or narrower layers."
        )
    return Network(shape, torch.Generator().manual_seed(recipe.seed))


def set_prior(network: Network, recipe: Recipe, labels_B: Labels) -> None:
    """Set the output biases to the logits of the (weighted) class shares, if the recipe asks for it."""
    if recipe.output_bias == "zero":
        return
    outputs = network.shape.outputs
    shares = np.bincount(labels_B, minlength=max(outputs, 2)) / len(labels_B)
    logits = np.log(shares) if outputs > 1 else [math.log(recipe.positive_weight * shares[1] / shares[0])]
    with torch.no_grad():
        network.biases_M1O[-1].copy_(
            torch.as_tensor(logits, dtype=torch.float32).expand_as(network.biases_M1O[-1])
        )


def mean_logits(network: Network, rows: Fillings, calibration: CalibrationRecord) -> Array:
    """Give the mean of the members' calibrated logits (B, C)."""
    with torch.inference_mode():
        logits_MPC = RowLogits(finite_array(network(rows.x_PF)), rows.counts_N)
    mean_BC: Array = calibrated_mean(calibration, logits_MPC).mean(axis=0)
    return mean_BC


def _score(labels_B: Labels, logits_BC: Array) -> ScoredRows:
    return ScoredRows(labels_B, probabilities_from_logits(logits_BC))


def predict_with_original(
    result: TrainingResult, preprocessor: Preprocessor, rows: Sequence[Features]
) -> Array:
    """Give the rows' probabilities (B, C) by the scikit-learn pipeline and the torch module."""
    encoded = encode_to_predict(preprocessor, rows)
    return probabilities_from_logits(mean_logits(result.network, encoded, result.calibration))

"""Output activations: a sigmoid for one output (two classes), a softmax for one output a class.

Shapes: B rows, C outputs.
"""

import numpy as np

from predictor.artefact.weights import Array
from predictor.engines.single_row import ROUNDING


def sigmoid(logits: Array) -> Array:
    """Give 1 / (1 + exp(-z)) without overflow, for any shape."""
    # The argument of exp is never positive, so it cannot overflow.
    small = np.exp(-np.abs(logits))
    return np.where(logits >= 0, 1.0, small) / (1.0 + small)


def softmax(logits_BC: Array) -> Array:
    """Give exp(z) / sum(exp(z)) over the last axis without overflow."""
    exponentials = np.exp(logits_BC - logits_BC.max(axis=-1, keepdims=True))
    probabilities: Array = exponentials / exponentials.sum(axis=-1, keepdims=True)
    return probabilities


def probabilities_from_logits(logits_BC: Array) -> Array:
    """Apply the activation for the number of outputs: sigmoid for one, softmax for more."""
    return sigmoid(logits_BC) if logits_BC.shape[-1] == 1 else softmax(logits_BC)


def round_probabilities(probabilities: Array) -> Array:
    """Round to nine decimals; further ones are rounding errors that depend on the size of the batch."""
    rounded: Array = np.rint(probabilities * ROUNDING)
    return rounded / ROUNDING


def class_probabilities(probabilities_BC: Array) -> Array:
    """Give one column for each class (B, classes), also for the single output of a binary model."""
    if probabilities_BC.shape[1] > 1:
        return probabilities_BC
    return np.concatenate([1 - probabilities_BC, probabilities_BC], axis=1)


def logit(probability: float) -> float:
    """Give ln(p / (1 - p)), which is infinite at 0 and 1."""
    with np.errstate(divide="ignore"):
        return float(np.log(probability) - np.log1p(-probability))

"""Losses on logits, one number a row: the head is applied inside, where it is numerically stable.

Shapes: M members, B rows, C outputs.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from training.recipe import LossName

Loss = Callable[[Tensor, Tensor], Tensor]


def build_loss(name: LossName, positive_weight: float = 1.0) -> Loss:
    """Give the loss (logits_MBC, labels_MB) -> losses_MB; the weight counts for the second of two classes."""
    losses = {"cross_entropy": cross_entropy, "squared_error": squared_error_of_probabilities}
    row_loss = losses[name]

    def weighted(logits_MBC: Tensor, labels_MB: Tensor) -> Tensor:
        losses_MB = row_loss(logits_MBC, labels_MB)
        if positive_weight == 1.0:
            return losses_MB
        return losses_MB * torch.where(labels_MB == 1, positive_weight, 1.0)

    return weighted


def cross_entropy(logits_MBC: Tensor, labels_MB: Tensor) -> Tensor:
    """Give -ln of the true class's probability: binary for one logit, categorical for more."""
    if logits_MBC.shape[-1] == 1:
        targets_MB = labels_MB.to(logits_MBC.dtype)
        return functional.binary_cross_entropy_with_logits(logits_MBC[..., 0], targets_MB, reduction="none")
    classes_first = logits_MBC.movedim(-1, 1)
    return functional.cross_entropy(classes_first, labels_MB, reduction="none")


def squared_error_of_probabilities(logits_MBC: Tensor, labels_MB: Tensor) -> Tensor:
    """Give the squared error between the head's probabilities and the truth, summed over outputs."""
    outputs = logits_MBC.shape[-1]
    truth = labels_MB[..., None] if outputs == 1 else functional.one_hot(labels_MB, outputs)
    return squared_error(apply_head(logits_MBC), truth.to(logits_MBC.dtype))


def squared_error(predictions: Tensor, truth: Tensor) -> Tensor:
    """Give (prediction - truth) squared, summed over the last axis."""
    return ((predictions - truth) ** 2).sum(-1)


def apply_head(logits: Tensor) -> Tensor:
    """Turn logits into probabilities: sigmoid for one output, softmax for more."""
    return logits.sigmoid() if logits.shape[-1] == 1 else logits.softmax(-1)

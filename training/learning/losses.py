"""Losses on logits, one number a row: the head is applied inside, where it is numerically stable.

Shapes: M members, B rows, C outputs.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from training.recipe import LossName

OfRows = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class Loss:
    """A loss of logits (M, B, C) and labels (M, B), and its gradient by the logits.

    The weight counts for the second of two classes. The gradient is written out, because torch.autograd
    takes longer to find it than it takes to compute it.
    """

    row_losses: OfRows
    row_gradients: OfRows
    positive_weight: float = 1.0

    def __call__(self, logits_MBC: Tensor, labels_MB: Tensor) -> Tensor:
        """Give each row's loss (M, B)."""
        losses_MB = self.row_losses(logits_MBC, labels_MB)
        return losses_MB if self.positive_weight == 1 else losses_MB * self._weights(labels_MB)

    def gradient(self, logits_MBC: Tensor, labels_MB: Tensor) -> Tensor:
        """Give the gradient of each row's loss by its logits (M, B, C)."""
        gradient_MBC = self.row_gradients(logits_MBC, labels_MB)
        if self.positive_weight == 1:
            return gradient_MBC
        return gradient_MBC * self._weights(labels_MB)[..., None]

    def _weights(self, labels_MB: Tensor) -> Tensor:
        return torch.where(labels_MB == 1, self.positive_weight, 1.0)


def build_loss(name: LossName, positive_weight: float = 1.0) -> Loss:
    """Give the loss of that name."""
    losses = {
        "cross_entropy": (cross_entropy, cross_entropy_gradient),
        "squared_error": (squared_error_of_probabilities, squared_error_gradient),
    }
    return Loss(*losses[name], positive_weight)


def cross_entropy(logits_MBC: Tensor, labels_MB: Tensor) -> Tensor:
    """Give -ln of the true class's probability: binary for one logit, categorical for more."""
    if logits_MBC.shape[-1] == 1:
        targets_MB = labels_MB.to(logits_MBC.dtype)
        return functional.binary_cross_entropy_with_logits(logits_MBC[..., 0], targets_MB, reduction="none")
    classes_first = logits_MBC.movedim(-1, 1)
    return functional.cross_entropy(classes_first, labels_MB, reduction="none")


def cross_entropy_gradient(logits_MBC: Tensor, labels_MB: Tensor) -> Tensor:
    """Give probability - truth: it is that for either head."""
    return apply_head(logits_MBC) - truth_of(labels_MB, logits_MBC)


def squared_error_of_probabilities(logits_MBC: Tensor, labels_MB: Tensor) -> Tensor:
    """Give the squared error between the head's probabilities and the truth, summed over outputs."""
    return squared_error(apply_head(logits_MBC), truth_of(labels_MB, logits_MBC))


def squared_error_gradient(logits_MBC: Tensor, labels_MB: Tensor) -> Tensor:
    """Give the squared error's gradient, 2 (probability - truth), carried back through the head."""
    probabilities_MBC = apply_head(logits_MBC)
    errors_MBC = 2 * (probabilities_MBC - truth_of(labels_MB, logits_MBC))
    if logits_MBC.shape[-1] == 1:
        return errors_MBC * probabilities_MBC * (1 - probabilities_MBC)
    mean_MB1 = (errors_MBC * probabilities_MBC).sum(-1, keepdim=True)
    return (errors_MBC - mean_MB1) * probabilities_MBC


def squared_error(predictions: Tensor, truth: Tensor) -> Tensor:
    """Give (prediction - truth) squared, summed over the last axis."""
    return ((predictions - truth) ** 2).sum(-1)


def apply_head(logits: Tensor) -> Tensor:
    """Turn logits into probabilities: sigmoid for one output, softmax for more."""
    return logits.sigmoid() if logits.shape[-1] == 1 else logits.softmax(-1)


def truth_of(labels_MB: Tensor, logits_MBC: Tensor) -> Tensor:
    """Give what the probabilities should have been: 1 for the true class, 0 for the others."""
    outputs = logits_MBC.shape[-1]
    truth_MBC = labels_MB[..., None] if outputs == 1 else functional.one_hot(labels_MB, outputs)
    return truth_MBC.to(logits_MBC.dtype)

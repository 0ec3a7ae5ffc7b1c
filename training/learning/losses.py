"""Losses on logits, one number a row: the head is applied inside, where it is numerically stable.

Shapes: M members, B rows, C outputs.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.recipe import LossName

# From logits (M, B, C) and labels (M, B) to each row's loss (M, B).
RowLoss = Callable[[Tensor, Tensor], Tensor]


class CrossEntropy(nn.Module):
    """The negative logarithm of the true class's probability.

    It is binary for one logit and categorical for more. The weight is that of the positive class of two.
    """

    def __init__(self, positive_weight: float = 1.0) -> None:
        super().__init__()
        self.positive_weight = positive_weight

    def forward(self, logits_MBC: Tensor, labels_MB: Tensor) -> Tensor:
        """Give each row's loss (M, B)."""
        if logits_MBC.shape[-1] > 1:
            return functional.cross_entropy(logits_MBC.movedim(-1, 1), labels_MB, reduction="none")
        return functional.binary_cross_entropy_with_logits(
            logits_MBC[..., 0],
            labels_MB.to(logits_MBC.dtype),
            pos_weight=logits_MBC.new_tensor(self.positive_weight),
            reduction="none",
        )


class SquaredError(nn.Module):
    """The squared error of the head's probabilities, summed over outputs.

    The weight is that of the positive class of two.
    """

    def __init__(self, positive_weight: float = 1.0) -> None:
        super().__init__()
        self.positive_weight = positive_weight

    def forward(self, logits_MBC: Tensor, labels_MB: Tensor) -> Tensor:
        """Give each row's loss (M, B)."""
        outputs = logits_MBC.shape[-1]
        truth_MBC = labels_MB[..., None] if outputs == 1 else functional.one_hot(labels_MB, outputs)
        losses_MB = ((apply_head(logits_MBC) - truth_MBC) ** 2).sum(-1)
        return losses_MB if outputs > 1 else losses_MB * row_weights(labels_MB, self.positive_weight)


def row_weights(labels_MB: Tensor, positive_weight: float) -> Tensor:
    """Give the weight of each row (M, B) of a binary task."""
    return torch.where(labels_MB == 1, positive_weight, 1.0)


def build_loss(name: LossName, positive_weight: float = 1.0) -> RowLoss:
    """Give the loss of that name."""
    return CrossEntropy(positive_weight) if name == "cross_entropy" else SquaredError(positive_weight)


def apply_head(logits: Tensor) -> Tensor:
    """Turn logits into probabilities: sigmoid for one output, softmax for more."""
    return logits.sigmoid() if logits.shape[-1] == 1 else logits.softmax(-1)

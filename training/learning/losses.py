"""Losses on logits, one number a row, and a penalty on the effect of single inputs.

The head is applied inside the loss, where it is numerically stable.

Shapes: M members, B rows, F inputs, C outputs.
"""

from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.learning.network import Network
from training.recipe import LossName, Recipe

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


class EffectPenalty:
    """The mean squared change of the logits where the rows of a batch exchange their values of an input.

    It is small where the input has little effect, whatever its shape, and it leaves the other inputs alone.
    `weights` has the weight of each penalised input by its index.
    """

    def __init__(self, weights: Mapping[int, float], generator: torch.Generator) -> None:
        self._weights = weights
        self._generator = generator

    def __call__(self, network: Network, x_MBF: Tensor, logits_MBC: Tensor) -> Tensor:
        """Give the penalty of each member (M,)."""
        penalty_M = logits_MBC.new_zeros(len(logits_MBC))
        for index, weight in self._weights.items():
            order = torch.randperm(x_MBF.shape[1], generator=self._generator).to(x_MBF.device)
            exchanged_MBF = x_MBF.clone()
            exchanged_MBF[..., index] = x_MBF[:, order, index]
            changes_MBC = network(exchanged_MBF) - logits_MBC
            penalty_M = penalty_M + weight * (changes_MBC**2).mean(dim=(1, 2))
        return penalty_M


def build_penalty(
    recipe: Recipe, numbers: Mapping[str, int], generator: torch.Generator
) -> EffectPenalty | None:
    """Give the penalty of a recipe, if it has one; `numbers` has the index of each number."""
    weights = {numbers[name]: weight for name, weight in recipe.effect_penalties.items() if name in numbers}
    return EffectPenalty(weights, generator) if weights else None

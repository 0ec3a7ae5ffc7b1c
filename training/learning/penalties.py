"""A penalty on the effect of single inputs of the network.

Shapes: M members, B rows, F inputs, C outputs.
"""

from collections.abc import Mapping

import torch
from torch import Tensor

from training.learning.network import Network
from training.recipe import Recipe


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

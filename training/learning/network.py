"""The network in torch: M small networks side by side, one the plain case.

Shapes: M members, B rows, F encoded features, I inputs and O outputs of a layer, C outputs.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from predictor.artefact.weights import NetworkShape


class Network(nn.Module):
    """A multilayer perceptron for each member, computed as batched matrix products."""

    def __init__(self, shape: NetworkShape, generator: torch.Generator) -> None:
        super().__init__()
        self.shape = shape
        self.weights_MIO = nn.ParameterList(
            [glorot_uniform((shape.members, inputs, outputs), generator) for inputs, outputs in shape.layers]
        )
        self.biases_M1O = nn.ParameterList(
            [torch.zeros(shape.members, 1, outputs) for _, outputs in shape.layers]
        )

    def forward(self, x: Tensor) -> Tensor:
        """Give logits (M, B, C) for rows of each member (M, B, F), or for rows shared by all (B, F)."""
        h_MBI = x.expand(self.shape.members, *x.shape[-2:])
        *hidden, output = zip(self.weights_MIO, self.biases_M1O, strict=True)
        for weight_MIO, bias_M1O in hidden:
            h_MBO = torch.baddbmm(bias_M1O, h_MBI, weight_MIO)
            h_MBI = functional.leaky_relu(h_MBO, self.shape.negative_slope)
        weight_MIC, bias_M1C = output
        return torch.baddbmm(bias_M1C, h_MBI, weight_MIC)


def glorot_uniform(size: tuple[int, int, int], generator: torch.Generator) -> Tensor:
    """Draw weights (M, I, O) uniformly within sqrt(6 / (I + O)) (Glorot & Bengio 2010, eq. 16)."""
    # nn.init.xavier_uniform_ would count the members as inputs and outputs of the layer.
    _, inputs, outputs = size
    limit = math.sqrt(6 / (inputs + outputs))
    return (torch.rand(size, generator=generator) * 2 - 1) * limit

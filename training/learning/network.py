"""The network in torch: M small networks side by side, one the plain case.

Shapes: M members, B rows, F encoded features, I inputs and O outputs of a layer, C outputs.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from predictor.artefact.weights import NetworkShape

WITH_MEMBERS = 3


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
        return self.trace(x)[-1]

    def trace(self, x: Tensor) -> list[Tensor]:
        """Give what goes into each layer (M, B, I), the rows first, and after these the logits (M, B, C)."""
        trace = [x if x.dim() == WITH_MEMBERS else x.expand(self.shape.members, *x.shape)]
        for layer, (weight_MIO, bias_M1O) in enumerate(zip(self.weights_MIO, self.biases_M1O, strict=True)):
            if layer > 0:
                trace[-1] = functional.leaky_relu(trace[-1], self.shape.negative_slope)
            trace.append(torch.baddbmm(bias_M1O, trace[-1], weight_MIO))
        return trace

    @torch.no_grad()
    def backward(self, inputs: list[Tensor], gradient_MBO: Tensor) -> None:
        """Set every parameter's `grad`, given what went into each layer and the gradient by the logits.

        Written out, because torch.autograd takes several times as long on tensors as small as these.
        """
        layers = list(zip(inputs, self.weights_MIO, self.biases_M1O, strict=True))
        for h_MBI, weight_MIO, bias_M1O in reversed(layers):
            weight_MIO.grad = torch.bmm(h_MBI.mT, gradient_MBO, out=weight_MIO.grad)
            bias_M1O.grad = torch.sum(gradient_MBO, dim=1, keepdim=True, out=bias_M1O.grad)
            if h_MBI is not inputs[0]:
                passed_MBI = torch.bmm(gradient_MBO, weight_MIO.mT)
                # What came out of a unit does for what went in: the slope is never negative.
                gradient_MBO = torch.ops.aten.leaky_relu_backward(
                    passed_MBI, h_MBI, self.shape.negative_slope, self_is_result=True
                )


def glorot_uniform(size: tuple[int, int, int], generator: torch.Generator) -> Tensor:
    """Draw weights (M, I, O) uniformly within sqrt(6 / (I + O)) (Glorot & Bengio 2010, eq. 16)."""
    _, inputs, outputs = size
    limit = math.sqrt(6 / (inputs + outputs))
    return (torch.rand(size, generator=generator) * 2 - 1) * limit

"""How weights move: the optimiser, and the learning rate of each epoch.

Shapes: P parameters of a network, its weights before its biases.
"""

import math
from abc import ABC, abstractmethod

import torch
from torch.nn.utils import parameters_to_vector

from training.learning.network import Network
from training.recipe import Recipe

STEP_FACTOR = 0.5
STEPS_A_RUN = 4

MEAN_KEPT, SQUARE_KEPT = 0.9, 0.999
# Keras's, so that the lecture's runs can be compared.
EPSILON = 1e-7


class Optimizer(ABC):
    """Moves all parameters of a network at once: they become views of one vector, as do their gradients.

    torch.optim goes from tensor to tensor, and on small ones takes longer than a forward pass. The
    network must be where it will be trained, and stay there. Weight decay is for weights alone.
    """

    def __init__(self, recipe: Recipe, network: Network) -> None:
        self.learning_rate, self.weight_decay = recipe.learning_rate, recipe.weight_decay
        tensors = [*network.weights_MIO, *network.biases_M1O]
        self.parameters_P = parameters_to_vector(tensors).detach()
        self.gradient_P = torch.zeros_like(self.parameters_P)
        sizes = [tensor.numel() for tensor in tensors]
        vectors = (torch.split_with_sizes(vector, sizes) for vector in (self.parameters_P, self.gradient_P))
        for tensor, values, gradient in zip(tensors, *vectors, strict=True):
            tensor.data, tensor.grad = values.view_as(tensor), gradient.view_as(tensor)
        self.weights = slice(sum(weight.numel() for weight in network.weights_MIO))

    @abstractmethod
    def step(self) -> None:
        """Move the parameters once, by the gradients that the network has now."""


class GradientDescent(Optimizer):
    """Plain gradient descent; weight decay is added to the gradient."""

    def step(self) -> None:
        """Move the parameters against their gradients."""
        if self.weight_decay:
            self.gradient_P[self.weights].add_(self.parameters_P[self.weights] * self.weight_decay)
        self.parameters_P.sub_(self.gradient_P * self.learning_rate)


class Adam(Optimizer):
    """Adam (Kingma & Ba 2015), weight decay decoupled from the gradient (Loshchilov & Hutter 2019)."""

    def __init__(self, recipe: Recipe, network: Network) -> None:
        super().__init__(recipe, network)
        self.steps = 0
        self.mean_P = torch.zeros_like(self.gradient_P)
        self.square_P = torch.zeros_like(self.gradient_P)

    def step(self) -> None:
        """Move each parameter against its gradient's mean, divided by the root of its mean square."""
        self.steps += 1
        if self.weight_decay:
            self.parameters_P[self.weights].mul_(1 - self.learning_rate * self.weight_decay)
        self.mean_P.lerp_(self.gradient_P, 1 - MEAN_KEPT)
        self.square_P.mul_(SQUARE_KEPT).addcmul_(self.gradient_P, self.gradient_P, value=1 - SQUARE_KEPT)
        # Both means started at zero; the two divisions by 1 - kept^steps make up for it.
        root_P = self.square_P.sqrt().div_(math.sqrt(1 - SQUARE_KEPT**self.steps)).add_(EPSILON)
        rate = self.learning_rate / (1 - MEAN_KEPT**self.steps)
        # Not in one call: those that take the rate as a number refuse one beyond float32.
        self.parameters_P.sub_((self.mean_P / root_P).mul_(rate))


def build_optimizer(recipe: Recipe, network: Network) -> Optimizer:
    """Build the recipe's optimiser: Adam or plain gradient descent."""
    return GradientDescent(recipe, network) if recipe.optimizer == "sgd" else Adam(recipe, network)


def learning_rate(recipe: Recipe, epoch: int) -> float:
    """Give the rate of an epoch, counted from 0; a step halves it at each quarter of the run."""
    if recipe.schedule == "step":
        return recipe.learning_rate * STEP_FACTOR ** (epoch * STEPS_A_RUN // recipe.epochs)
    if recipe.schedule == "cosine":
        return recipe.learning_rate * (1 + math.cos(math.pi * epoch / recipe.epochs)) / 2
    return recipe.learning_rate

"""How weights move: the optimiser, and the learning rate of each epoch."""

import math

import torch
from torch import nn

from training.recipe import Recipe

STEP_FACTOR = 0.5
STEPS_A_RUN = 4


def build_optimizer(recipe: Recipe, network: nn.Module) -> torch.optim.Optimizer:
    """Build Adam or plain gradient descent; weight decay is for weights alone, never for biases.

    Adam's is decoupled from the gradient (Loshchilov & Hutter 2019), gradient descent's is added to it.
    """
    weights = [parameter for name, parameter in network.named_parameters() if "weight" in name]
    biases = [parameter for name, parameter in network.named_parameters() if "weight" not in name]
    groups = [
        {"params": weights, "weight_decay": recipe.weight_decay},
        {"params": biases, "weight_decay": 0.0},
    ]
    if recipe.optimizer == "sgd":
        return torch.optim.SGD(groups, lr=recipe.learning_rate, fused=True)
    # eps is Keras's, so that the lecture's runs can be compared; without decay AdamW is Adam.
    return torch.optim.AdamW(groups, lr=recipe.learning_rate, eps=1e-7, fused=True)


def learning_rate(recipe: Recipe, epoch: int) -> float:
    """Give the rate of an epoch, counted from 0; a step halves it at each quarter of the run."""
    if recipe.schedule == "step":
        return recipe.learning_rate * STEP_FACTOR ** (epoch * STEPS_A_RUN // recipe.epochs)
    if recipe.schedule == "cosine":
        return recipe.learning_rate * (1 + math.cos(math.pi * epoch / recipe.epochs)) / 2
    return recipe.learning_rate


def set_learning_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """Make every following step use this rate."""
    for group in optimizer.param_groups:
        group["lr"] = rate

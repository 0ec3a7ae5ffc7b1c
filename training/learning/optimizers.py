"""The optimiser and the learning-rate schedule of a recipe."""

import math

from torch.optim import SGD, AdamW, Optimizer
from torch.optim.lr_scheduler import ConstantLR, CosineAnnealingLR, LRScheduler, MultiStepLR

from training.learning.network import Network
from training.recipe import Recipe


def build_optimizer(recipe: Recipe, network: Network) -> Optimizer:
    """Build the recipe's optimiser; weight decay is for weights alone, not for biases."""
    groups = [
        {"params": list(network.weights_MIO), "weight_decay": recipe.weight_decay},
        {"params": list(network.biases_M1O), "weight_decay": 0.0},
    ]
    # Fused is the fastest of torch's three on tensors as small as these, and the only one that accepts a
    # learning rate beyond float32.
    if recipe.optimizer == "sgd":
        return SGD(groups, lr=recipe.learning_rate, fused=True)
    # The epsilon is Keras's, so that the lecture's runs can be compared; torch's own is 1e-8.
    return AdamW(groups, lr=recipe.learning_rate, eps=1e-7, fused=True)


def build_scheduler(recipe: Recipe, optimizer: Optimizer) -> LRScheduler:
    """Build the recipe's schedule, one step an epoch; `step` halves the rate at each quarter of the run."""
    if recipe.schedule == "step":
        quarters = [math.ceil(recipe.epochs * quarter / 4) for quarter in (1, 2, 3)]
        return MultiStepLR(optimizer, quarters, gamma=0.5)
    if recipe.schedule == "cosine":
        return CosineAnnealingLR(optimizer, recipe.epochs)
    return ConstantLR(optimizer, factor=1.0)

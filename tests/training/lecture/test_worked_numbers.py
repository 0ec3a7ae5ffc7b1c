"""Every number that the lecture works out by hand, from the code that trains and the code that serves.

Shapes: M members (1 here), B rows, F inputs, C outputs.
"""

import numpy as np
import pytest
import torch
from torch.nn import functional

from predictor.engines.activations import probabilities_from_logits
from tests.support.training.made_up import iris_recipe, linear_network
from training.learning.losses import apply_head
from training.learning.optimizers import build_optimizer
from training.learning.trainer import train_step

ROWS = [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]


def torch_head(logits):
    return apply_head(torch.as_tensor(logits)).numpy()


either_head = pytest.mark.parametrize("head", [torch_head, probabilities_from_logits])


def logits_of(network, rows):
    with torch.inference_mode():
        return network(torch.tensor(rows))[0].double().numpy()


def squared_error_of_outputs(outputs_MBC, targets_MB):
    return functional.mse_loss(outputs_MBC[..., 0], targets_MB, reduction="none")


class Line:
    """The model y = wx + b under squared error and plain gradient descent, started from (0, 0)."""

    def __init__(self, rate: float) -> None:
        self.network = linear_network([[0.0]], [0.0])
        self.optimizer = build_optimizer(iris_recipe(optimizer="sgd", learning_rate=rate), self.network)

    def step(self, x: list[float], y: list[float]) -> float:
        x_MBF, y_MB = torch.tensor([x])[..., None], torch.tensor([y])
        losses_MB, _ = train_step(self.network, squared_error_of_outputs, self.optimizer, x_MBF, y_MB)
        return losses_MB.mean().item()

    @property
    def parameters(self) -> list[float]:
        return [parameter.detach().item() for parameter in self.network.parameters()]

    @property
    def gradient(self) -> list[float]:
        return [
            float(parameter.grad) for parameter in self.network.parameters() if parameter.grad is not None
        ]


@either_head
def test_the_softmax_of_three_logits(head):
    probabilities_BC = head(np.array([[5.0, -1.0, 6.0]]))

    assert probabilities_BC.round(3).tolist() == [[0.269, 0.001, 0.731]]


@either_head
def test_logistic_regression_on_three_rows(head):
    network = linear_network([[1.0], [2.0]], [-10.0])

    logits_BC = logits_of(network, ROWS)

    assert logits_BC.tolist() == [[-5.0], [1.0], [7.0]]
    assert head(logits_BC).round(4).tolist() == [[0.0067], [0.7311], [0.9991]]


@either_head
def test_softmax_regression_on_three_rows(head):
    network = linear_network([[1.0, 3.0], [2.0, 4.0]], [-10.0, -20.0])

    logits_BC = logits_of(network, ROWS)
    probabilities_BC = head(logits_BC)

    assert logits_BC.tolist() == [[-5.0, -9.0], [1.0, 5.0], [7.0, 19.0]]
    assert probabilities_BC[:2].round(3).tolist() == [[0.982, 0.018], [0.018, 0.982]]
    assert probabilities_BC[2] == pytest.approx([6.14e-6, 1.0], rel=1e-3)


def test_stochastic_gradient_descent_takes_the_lectures_two_steps():
    line = Line(rate=0.01)

    first_loss = line.step([5.0], [5.0])
    first_gradient, first_parameters = line.gradient, line.parameters
    line.step([9.0], [17.0])

    assert first_loss == pytest.approx(25)
    assert first_gradient == pytest.approx([-50, -10])
    assert first_parameters == pytest.approx([0.5, 0.1])
    assert line.gradient == pytest.approx([-223.2, -24.8])
    assert line.parameters == pytest.approx([2.732, 0.348])


def test_batch_gradient_descent_takes_the_lectures_two_steps():
    line, x, y = Line(rate=0.1), [1.0, 2.0, 3.0], [0.99, 3.00, 5.01]

    line.step(x, y)
    first_gradient, first_parameters = line.gradient, line.parameters
    line.step(x, y)

    # The lecture rounds its y to two digits, so the last digit of its first gradient may differ.
    assert first_gradient == pytest.approx([-14.69, -6.00], abs=0.015)
    assert first_parameters == pytest.approx([1.47, 0.60], abs=0.005)
    assert line.gradient == pytest.approx([1.42, 1.07], abs=0.005)
    assert line.parameters == pytest.approx([1.33, 0.49], abs=0.005)

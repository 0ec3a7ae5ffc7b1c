"""The lecture's rules on optimisation (rows 20 to 22 of its table), as behaviours.

Shapes: M members (1 here), N rows, F inputs, C outputs.
"""

import math

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression

from predictor.engines.activations import probabilities_from_logits
from tests.support.training.made_up import POINTS, cloud, iris_recipe, linear_network, network_shape
from tests.support.training.runs import fitted_logits, mean_logits
from training.__main__ import main
from training.learning.losses import CrossEntropy, build_loss
from training.learning.network import Network
from training.learning.optimizers import build_optimizer, build_scheduler
from training.learning.trainer import train_step
from training.recipe import Recipe

# Row 20


@pytest.mark.parametrize("classes", [2, 3])
def test_without_hidden_layers_the_network_is_logistic_regression(classes):
    x_NF, labels_N = cloud(classes)
    network = Network(
        network_shape(inputs=2, outputs=1 if classes == 2 else classes),
        torch.Generator().manual_seed(0),
    )
    recipe = iris_recipe(hidden=(), batch_size="full", epochs=800, learning_rate=0.05)

    logits_BC = fitted_logits(network, recipe, x_NF, labels_N)

    expected_BC = LogisticRegression(C=np.inf, tol=1e-8).fit(x_NF, labels_N).predict_proba(x_NF)
    probabilities_BC = probabilities_from_logits(logits_BC)
    assert probabilities_BC[:, -1] == pytest.approx(expected_BC[:, -1], abs=2e-3)


# Row 21


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
@pytest.mark.parametrize("batch_size", [1, 32, POINTS, "full"])
def test_stochastic_mini_batch_and_batch_gradient_descent_all_learn(optimizer, batch_size):
    x_NF, labels_N = cloud(classes=2)
    network = Network(network_shape(inputs=2, outputs=1, hidden=(4,)), torch.Generator().manual_seed(0))
    recipe = iris_recipe(optimizer=optimizer, batch_size=batch_size, epochs=5, learning_rate=0.01)

    before_BC = mean_logits(network, x_NF)
    after_BC = fitted_logits(network, recipe, x_NF, labels_N)

    assert mean_loss(after_BC, labels_N) < mean_loss(before_BC, labels_N)


def mean_loss(logits_BC: np.ndarray, labels_B: torch.Tensor) -> float:
    return float(CrossEntropy()(torch.as_tensor(logits_BC)[None], labels_B[None]).mean())


def test_a_full_batch_is_a_batch_of_every_row():
    x_NF, labels_N = cloud(classes=2)

    logits_BC, same_BC = (
        fitted_logits(
            linear_network([[0.0], [0.0]], [0.0]), iris_recipe(batch_size=size, epochs=5), x_NF, labels_N
        )
        for size in ("full", POINTS)
    )

    assert logits_BC.tolist() == same_BC.tolist()


# Row 22


def test_a_learning_rate_can_be_too_small_right_or_too_big():
    losses = {rate: loss_after_steps(rate) for rate in (1e-6, 0.1, 1.1)}

    assert losses[1e-6] == pytest.approx(1, rel=1e-3)
    assert losses[0.1] < 0.01
    assert losses[1.1] > 10


def loss_after_steps(rate: float, steps: int = 20) -> float:
    """Walk down the parabola b squared from b = 1; the input is 0, so that the weight has no part in it."""
    network = linear_network([[0.0]], [1.0])
    optimizer = build_optimizer(iris_recipe(optimizer="sgd", learning_rate=rate), network)
    x_MBF, labels_MB = torch.zeros(1, 1, 1), torch.zeros(1, 1)
    for _ in range(steps):
        train_step(network, parabola, optimizer, x_MBF, labels_MB)
    return parabola(network(x_MBF), labels_MB).item()


def parabola(b_MBC: torch.Tensor, _labels_MB: torch.Tensor) -> torch.Tensor:
    return b_MBC[..., 0] ** 2


@pytest.mark.parametrize(
    ("schedule", "rates"),
    [
        ("constant", [0.8] * 8),
        ("step", [0.8, 0.8, 0.4, 0.4, 0.2, 0.2, 0.1, 0.1]),
        ("cosine", [0.4 * (1 + math.cos(math.pi * epoch / 8)) for epoch in range(8)]),
    ],
)
def test_a_schedule_gives_each_epoch_its_rate(schedule, rates):
    recipe = iris_recipe(schedule=schedule, learning_rate=0.8, epochs=8)

    assert rates_of(recipe) == pytest.approx(rates)


@pytest.mark.parametrize(
    ("epochs", "rates"), [(1, [1]), (2, [1, 0.25]), (3, [1, 0.5, 0.25]), (6, [1, 1, 0.5, 0.25, 0.25, 0.125])]
)
def test_a_run_whose_epochs_do_not_make_four_quarters_halves_its_rate_at_the_next_epoch(epochs, rates):
    assert rates_of(iris_recipe(schedule="step", learning_rate=1.0, epochs=epochs)) == rates


def rates_of(recipe: Recipe) -> list[float]:
    """Give the learning rate of every epoch, which must be that of weights and biases alike."""
    optimizer = build_optimizer(recipe, linear_network([[0.0]], [0.0]))
    scheduler = build_scheduler(recipe, optimizer)
    rates = []
    for _ in range(recipe.epochs):
        (rate,) = {group["lr"] for group in optimizer.param_groups}
        rates.append(rate)
        optimizer.step()
        scheduler.step()
    return rates


def test_the_loop_follows_the_schedule():
    x_NF, labels_N = cloud(classes=2)
    settings = {"optimizer": "sgd", "batch_size": "full", "learning_rate": 0.1, "epochs": 4}
    recipe = iris_recipe(schedule="step", **settings)
    by_hand = linear_network([[0.0], [0.0]], [0.0])

    by_loop_BC = fitted_logits(linear_network([[0.0], [0.0]], [0.0]), recipe, x_NF, labels_N)
    for rate in (0.1, 0.05, 0.025, 0.0125):
        optimizer = build_optimizer(iris_recipe(optimizer="sgd", learning_rate=rate), by_hand)
        train_step(by_hand, build_loss("cross_entropy"), optimizer, x_NF[None], labels_N[None])

    assert by_loop_BC == pytest.approx(mean_logits(by_hand, x_NF), abs=1e-6)


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_weight_decay_shrinks_weights_by_the_learning_rate_and_leaves_biases(optimizer):
    network = linear_network([[2.0]], [3.0])
    recipe = iris_recipe(optimizer=optimizer, learning_rate=0.1, weight_decay=1.0)

    take_one_step(network, recipe, gradient=0)

    assert [parameter.item() for parameter in network.parameters()] == pytest.approx([1.8, 3.0])


# With Keras's epsilon a gradient as small as it takes half a step.
@pytest.mark.parametrize(("gradient", "step"), [(1000, 0.1), (1, 0.1), (-1, -0.1), (1e-7, 0.05)])
def test_the_first_step_of_adam_is_the_learning_rate_however_steep_the_loss(gradient, step):
    network = linear_network([[0.0]], [0.0])

    take_one_step(network, iris_recipe(optimizer="adam", learning_rate=0.1), gradient)

    assert network.biases_M1O[0].item() == pytest.approx(-step, rel=1e-4)


def take_one_step(network: Network, recipe: Recipe, gradient: float) -> None:
    """Take one step of the recipe's optimiser; the input is 0, so that the weight has no gradient."""
    optimizer = build_optimizer(recipe, network)
    x_MBF, labels_MB = torch.zeros(1, 1, 1), torch.zeros(1, 1)
    train_step(network, lambda b_MBC, _: gradient * b_MBC[..., 0], optimizer, x_MBF, labels_MB)


def test_a_learning_rate_so_big_that_the_loss_overflows_ends_in_one_line(tmp_path, capsys):
    status = main(["iris", "--learning-rate", "1e30", "--epochs", "5", "--out", str(tmp_path)])

    error = capsys.readouterr().err
    assert status == 1
    assert "learning rate" in error
    assert error.count("\n") == 1
    assert not list(tmp_path.rglob("*.json"))

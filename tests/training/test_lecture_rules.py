"""The rules that the lecture teaches (rows 16 to 23 of its table), each as a behaviour of the trainer.

Shapes: M members (1 here), N rows, B rows of a batch, F inputs, C outputs.
"""

import math

import numpy as np
import pytest
import torch
from pydantic import ValidationError
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

from predictor.heads import probabilities_from_logits
from tests.training.made_up import (
    IRIS,
    STROKE,
    iris_recipe,
    linear_network,
    network_shape,
    stroke_recipe,
)
from training.__main__ import main
from training.calibration import apply_calibration, logistic_recalibration
from training.losses import build_loss, cross_entropy, squared_error_of_probabilities
from training.loop import fit, train_step
from training.network import Network
from training.optimization import build_optimizer, learning_rate
from training.recipe import Recipe
from training.run import build_network, mean_logits
from training.split import Fold

ALL = np.arange(240)
EVERY_ROW = (Fold(train=ALL, holdout=ALL[:0]),)


def ignore(epoch, stopping):
    pass


def cloud(classes: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Draw overlapping groups of points, so that no model can tell them apart for sure."""
    generator = torch.Generator().manual_seed(0)
    labels_N = torch.arange(len(ALL)) % classes
    x_NF = torch.randn(len(ALL), 2, generator=generator)
    x_NF[:, 0] += labels_N
    return x_NF, labels_N


def fitted(network: Network, recipe: Recipe, x_NF: torch.Tensor, labels_N: torch.Tensor):
    fit(network, x_NF, labels_N, EVERY_ROW, recipe, ignore)
    return mean_logits(network, x_NF)


# Row 16


@pytest.mark.parametrize(
    ("task", "recipe", "outputs"), [(STROKE, stroke_recipe(), 1), (IRIS, iris_recipe(), 3)]
)
def test_the_kind_of_task_decides_the_number_of_outputs(task, recipe, outputs):
    network = build_network(task, recipe, inputs=5)

    assert network(torch.zeros(7, 5)).shape == (1, 7, outputs)


@pytest.mark.parametrize(("outputs", "labels"), [(1, [0, 1, 1, 0]), (3, [0, 1, 2, 1])])
def test_the_number_of_outputs_decides_between_binary_and_categorical_cross_entropy(outputs, labels):
    logits_MBC = torch.randn(1, 4, outputs, generator=torch.Generator().manual_seed(0))

    losses_MB = cross_entropy(logits_MBC, torch.tensor([labels]))

    probabilities_BC = probabilities_from_logits(logits_MBC[0].double().numpy())
    classes = range(max(outputs, 2))
    assert losses_MB.mean().item() == pytest.approx(
        log_loss(labels, probabilities_BC if outputs > 1 else probabilities_BC[:, 0], labels=classes)
    )


# Row 17


@pytest.mark.parametrize("outputs", [1, 3])
def test_the_loss_of_extreme_logits_is_finite_and_so_is_its_gradient(outputs):
    logits_MBC = torch.full((1, 2, outputs), -1e4)
    logits_MBC[0, 1, 0] = 1e4
    logits_MBC.requires_grad_()

    losses_MB = cross_entropy(logits_MBC, torch.tensor([[1, outputs // 3]]))
    (gradient_MBC,) = torch.autograd.grad(losses_MB.sum(), logits_MBC)

    assert losses_MB[0, 1] >= 1e4
    assert torch.isfinite(losses_MB).all()
    assert torch.isfinite(gradient_MBC).all()


# Row 18


def test_a_confident_mistake_moves_cross_entropy_but_hardly_squared_error():
    logits_MBC = torch.tensor([[[-20.0]]], requires_grad=True)
    truth_MB = torch.tensor([[1]])

    gradients = [
        torch.autograd.grad(loss(logits_MBC, truth_MB).sum(), logits_MBC)[0].item()
        for loss in (cross_entropy, squared_error_of_probabilities)
    ]

    assert gradients[0] == pytest.approx(-1)
    assert abs(gradients[1]) < 1e-8


def test_cross_entropy_of_a_mistake_grows_without_bound_and_squared_error_stops_at_one():
    logits_MBC = torch.tensor([[[-10.0], [-100.0], [-1000.0]]])
    truth_MB = torch.ones(1, 3, dtype=torch.long)

    assert cross_entropy(logits_MBC, truth_MB)[0].tolist() == pytest.approx([10, 100, 1000], abs=1e-3)
    assert squared_error_of_probabilities(logits_MBC, truth_MB).max() <= 1


@pytest.mark.parametrize("loss", ["cross_entropy", "squared_error"])
def test_a_network_learns_under_either_loss(loss):
    x_NF, labels_N = cloud(classes=3)
    network = Network(network_shape(inputs=2, outputs=3), torch.Generator().manual_seed(0))

    history = fit(network, x_NF, labels_N, EVERY_ROW, iris_recipe(loss=loss, epochs=10), ignore)

    losses = [epoch.loss for epoch in history.epochs]
    assert losses == sorted(losses, reverse=True)


# Row 19


def test_a_weight_raises_the_log_odds_by_its_logarithm_and_recalibration_takes_it_off():
    labels_N = torch.as_tensor(np.arange(240) % 6 == 0).long()
    x_NF = torch.as_tensor(np.arange(240) % 4 < 2).float()[:, None]
    settings = {"batch_size": "full", "epochs": 600, "learning_rate": 0.05, "patience": 0}

    plain_BC, weighted_BC = (
        fitted(
            linear_network([[0.0]], [0.0]),
            stroke_recipe(positive_weight=weight, **settings),
            x_NF,
            labels_N,
        )
        for weight in (1.0, 10.0)
    )
    calibration = logistic_recalibration(weighted_BC[:, 0], labels_N.numpy(), positive_weight=10.0)

    assert weighted_BC - plain_BC == pytest.approx(math.log(10), abs=0.02)
    assert calibration.offset == math.log(10)
    assert apply_calibration(calibration, weighted_BC) == pytest.approx(plain_BC, abs=0.02)


def test_the_weight_counts_for_the_second_class_alone():
    logits_MBC, labels_MB = torch.zeros(1, 2, 1), torch.tensor([[0, 1]])

    losses_MB = build_loss("cross_entropy", positive_weight=10)(logits_MBC, labels_MB)

    assert losses_MB[0].tolist() == pytest.approx([math.log(2), 10 * math.log(2)])


def test_a_weight_is_refused_where_there_are_more_than_two_classes(tmp_path, capsys):
    status = main(["iris", "--positive-weight", "10", "--out", str(tmp_path)])

    assert status == 2
    assert "--positive-weight" in capsys.readouterr().err


# Row 20


@pytest.mark.parametrize("classes", [2, 3])
def test_without_hidden_layers_the_network_is_logistic_regression(classes):
    x_NF, labels_N = cloud(classes)
    network = Network(
        network_shape(inputs=2, outputs=1 if classes == 2 else classes),
        torch.Generator().manual_seed(0),
    )
    recipe = iris_recipe(hidden=(), batch_size="full", epochs=800, learning_rate=0.05)

    logits_BC = fitted(network, recipe, x_NF, labels_N)

    expected_BC = LogisticRegression(C=np.inf, tol=1e-8).fit(x_NF, labels_N).predict_proba(x_NF)
    probabilities_BC = probabilities_from_logits(logits_BC)
    assert probabilities_BC[:, -1] == pytest.approx(expected_BC[:, -1], abs=2e-3)


# Row 21


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
@pytest.mark.parametrize("batch_size", [1, 32, len(ALL), "full"])
def test_stochastic_mini_batch_and_batch_gradient_descent_all_learn(optimizer, batch_size):
    x_NF, labels_N = cloud(classes=2)
    network = Network(network_shape(inputs=2, outputs=1, hidden=(4,)), torch.Generator().manual_seed(0))
    recipe = iris_recipe(optimizer=optimizer, batch_size=batch_size, epochs=5, learning_rate=0.01)

    before_BC = mean_logits(network, x_NF)
    after_BC = fitted(network, recipe, x_NF, labels_N)

    assert mean_loss(after_BC, labels_N) < mean_loss(before_BC, labels_N)


def mean_loss(logits_BC: np.ndarray, labels_B: torch.Tensor) -> float:
    return float(cross_entropy(torch.as_tensor(logits_BC)[None], labels_B[None]).mean())


def test_a_full_batch_is_a_batch_of_every_row():
    x_NF, labels_N = cloud(classes=2)

    logits_BC, same_BC = (
        fitted(linear_network([[0.0], [0.0]], [0.0]), iris_recipe(batch_size=size, epochs=5), x_NF, labels_N)
        for size in ("full", len(ALL))
    )

    assert logits_BC.tolist() == same_BC.tolist()


# Row 22


def test_a_learning_rate_can_be_too_small_right_or_too_big():
    losses = {rate: loss_after_steps(rate) for rate in (1e-6, 0.1, 1.1)}

    assert losses[1e-6] == pytest.approx(1, rel=1e-3)
    assert losses[0.1] < 0.01
    assert losses[1.1] > 10


def loss_after_steps(rate: float, steps: int = 20) -> float:
    """Walk down the parabola w squared from w = 1."""
    network = linear_network([[1.0]], [0.0])
    network.biases_M1O[0].requires_grad_(requires_grad=False)
    optimizer = build_optimizer(iris_recipe(optimizer="sgd", learning_rate=rate), network)
    for _ in range(steps + 1):
        _, losses_MB = train_step(
            network, lambda w_MBC, _: w_MBC[..., 0] ** 2, optimizer, torch.ones(1, 1, 1), torch.zeros(1, 1)
        )
    return losses_MB.item()


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

    assert [learning_rate(recipe, epoch) for epoch in range(8)] == pytest.approx(rates)


def test_the_loop_follows_the_schedule():
    x_NF, labels_N = cloud(classes=2)
    settings = {"optimizer": "sgd", "batch_size": "full", "learning_rate": 0.1, "epochs": 4}
    recipe = iris_recipe(schedule="step", **settings)
    by_hand = linear_network([[0.0], [0.0]], [0.0])

    by_loop_BC = fitted(linear_network([[0.0], [0.0]], [0.0]), recipe, x_NF, labels_N)
    for rate in (0.1, 0.05, 0.025, 0.0125):
        optimizer = build_optimizer(iris_recipe(optimizer="sgd", learning_rate=rate), by_hand)
        train_step(by_hand, cross_entropy, optimizer, x_NF[None], labels_N[None])

    assert by_loop_BC == pytest.approx(mean_logits(by_hand, x_NF), abs=1e-6)


def test_a_learning_rate_so_big_that_the_loss_overflows_ends_in_one_line(tmp_path, capsys):
    status = main(["iris", "--learning-rate", "1e30", "--epochs", "5", "--out", str(tmp_path)])

    error = capsys.readouterr().err
    assert status == 1
    assert "learning rate" in error
    assert error.count("\n") == 1
    assert not list(tmp_path.rglob("*.json"))


# Row 23


@pytest.mark.parametrize("metric", ["accuracy", "roc_auc", "pr_auc"])
def test_a_metric_is_no_loss(metric):
    with pytest.raises(ValidationError, match="loss"):
        Recipe.model_validate(iris_recipe().model_dump() | {"loss": metric})


@pytest.mark.parametrize("metric", ["accuracy", "roc_auc", "pr_auc"])
def test_a_metric_may_be_watched(metric):
    assert iris_recipe(monitor=metric).monitor == metric

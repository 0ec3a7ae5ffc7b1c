"""The lecture's rules on losses and metrics (rows 16 to 19 and 23 of its table), as behaviours.

Shapes: M members (1 here), N rows, B rows of a batch, F inputs, C outputs.
"""

import math

import numpy as np
import pytest
import torch
from pydantic import ValidationError
from sklearn.metrics import log_loss

from predictor.engines.activations import probabilities_from_logits
from tests.support.training.made_up import (
    IRIS,
    STROKE,
    cloud,
    iris_recipe,
    linear_network,
    network_shape,
    stroke_recipe,
)
from tests.support.training.runs import fit_every_row, fitted_logits
from training.__main__ import main
from training.learning.calibration import apply_calibration, logistic_recalibration
from training.learning.losses import CrossEntropy, SquaredError, build_loss
from training.learning.network import Network
from training.learning.row_logits import RowLogits
from training.recipe import Recipe
from training.run import build_network

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

    losses_MB = CrossEntropy()(logits_MBC, torch.tensor([labels]))

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

    losses_MB = CrossEntropy()(logits_MBC, torch.tensor([[1, outputs // 3]]))
    (gradient_MBC,) = torch.autograd.grad(losses_MB.sum(), logits_MBC)

    assert losses_MB[0, 1] >= 1e4
    assert torch.isfinite(losses_MB).all()
    assert torch.isfinite(gradient_MBC).all()


@pytest.mark.parametrize("outputs", [1, 3])
def test_the_squared_error_of_extreme_logits_has_a_finite_gradient(outputs):
    logits_MBC = torch.tensor([-1e4, 1e4])[None, :, None].repeat(1, 1, outputs).requires_grad_()

    losses_MB = SquaredError()(logits_MBC, torch.tensor([[1, 0]]))
    (gradient_MBC,) = torch.autograd.grad(losses_MB.sum(), logits_MBC)

    assert torch.isfinite(gradient_MBC).all()


# Row 18


def test_a_confident_mistake_moves_cross_entropy_but_hardly_squared_error():
    logits_MBC = torch.tensor([[[-20.0]]], requires_grad=True)
    truth_MB = torch.tensor([[1]])

    gradients = [
        torch.autograd.grad(loss(logits_MBC, truth_MB).sum(), logits_MBC)[0].item()
        for loss in (CrossEntropy(), SquaredError())
    ]

    assert gradients[0] == pytest.approx(-1)
    assert abs(gradients[1]) < 1e-8


def test_cross_entropy_of_a_mistake_grows_without_bound_and_squared_error_stops_at_one():
    logits_MBC = torch.tensor([[[-10.0], [-100.0], [-1000.0]]])
    truth_MB = torch.ones(1, 3, dtype=torch.long)

    assert CrossEntropy()(logits_MBC, truth_MB)[0].tolist() == pytest.approx([10, 100, 1000], abs=1e-3)
    assert SquaredError()(logits_MBC, truth_MB).max() <= 1


@pytest.mark.parametrize("loss", ["cross_entropy", "squared_error"])
def test_a_network_learns_under_either_loss(loss):
    x_NF, labels_N = cloud(classes=3)
    network = Network(network_shape(inputs=2, outputs=3), torch.Generator().manual_seed(0))

    history = fit_every_row(network, iris_recipe(loss=loss, epochs=10), x_NF, labels_N)

    losses = [epoch.loss for epoch in history.epochs]
    assert losses == sorted(losses, reverse=True)


# Row 19


def test_a_weight_raises_the_log_odds_by_its_logarithm_and_recalibration_takes_it_off():
    labels_N = torch.as_tensor(np.arange(240) % 6 == 0).long()
    x_NF = torch.as_tensor(np.arange(240) % 4 < 2).float()[:, None]
    settings = {"batch_size": "full", "epochs": 600, "learning_rate": 0.05, "patience": 0}

    plain_BC, weighted_BC = (
        fitted_logits(
            linear_network([[0.0]], [0.0]),
            stroke_recipe(positive_weight=weight, **settings),
            x_NF,
            labels_N,
        )
        for weight in (1.0, 10.0)
    )
    calibration = logistic_recalibration(
        RowLogits.of_rows(weighted_BC), labels_N.numpy(), positive_weight=10.0
    )

    assert weighted_BC - plain_BC == pytest.approx(math.log(10), abs=0.02)
    assert calibration.offset == math.log(10)
    assert apply_calibration(calibration, weighted_BC) == pytest.approx(plain_BC, abs=0.02)


@pytest.mark.parametrize(("loss", "unweighted"), [("cross_entropy", math.log(2)), ("squared_error", 0.25)])
def test_the_weight_counts_for_the_second_class_alone(loss, unweighted):
    logits_MBC, labels_MB = torch.zeros(1, 2, 1), torch.tensor([[0, 1]])

    losses_MB = build_loss(loss, positive_weight=10)(logits_MBC, labels_MB)

    assert losses_MB[0].tolist() == pytest.approx([unweighted, 10 * unweighted])


def test_a_weight_is_refused_where_there_are_more_than_two_classes(tmp_path, capsys):
    status = main(["iris", "--positive-weight", "10", "--out", str(tmp_path)])

    assert status == 2
    assert "--positive-weight" in capsys.readouterr().err


# Row 23


@pytest.mark.parametrize("metric", ["accuracy", "roc_auc", "pr_auc"])
def test_a_metric_is_no_loss(metric):
    with pytest.raises(ValidationError, match="loss"):
        Recipe.model_validate(iris_recipe().model_dump() | {"loss": metric})


@pytest.mark.parametrize("metric", ["accuracy", "roc_auc", "pr_auc"])
def test_a_metric_may_be_monitored(metric):
    assert iris_recipe(monitor=metric).monitor == metric

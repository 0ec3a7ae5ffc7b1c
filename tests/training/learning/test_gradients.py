"""Gradients and steps that are written out here, against torch's own.

Shapes: M members, B rows, F inputs, C outputs.
"""

import pytest
import torch
from torch import Tensor

from tests.support.training.made_up import iris_recipe, network_shape
from training.learning.losses import build_loss
from training.learning.network import Network
from training.learning.optimization import build_optimizer, learning_rate
from training.learning.trainer import train_step
from training.recipe import Recipe

MEMBERS, ROWS, INPUTS = 3, 7, 4


def random() -> torch.Generator:
    return torch.Generator().manual_seed(4)


def rows(outputs: int) -> tuple[Tensor, Tensor]:
    x_MBF = torch.randn(MEMBERS, ROWS, INPUTS, generator=random())
    return x_MBF, torch.randint(max(outputs, 2), (MEMBERS, ROWS), generator=random())


def new_network(outputs: int, hidden: tuple[int, ...] = (6, 5), slope: float = 0.2) -> Network:
    shape = network_shape(inputs=INPUTS, outputs=outputs, hidden=hidden, members=MEMBERS)
    return Network(shape.model_copy(update={"negative_slope": slope}), random())


def gradients(network: Network) -> list[Tensor]:
    return [parameter.grad.clone() for parameter in network.parameters() if parameter.grad is not None]


@pytest.mark.parametrize("outputs", [1, 2, 3])
@pytest.mark.parametrize("positive_weight", [1.0, 10.0])
@pytest.mark.parametrize("name", ["cross_entropy", "squared_error"])
def test_the_gradient_of_a_loss_is_the_one_that_autograd_finds(name, positive_weight, outputs):
    _, labels_MB = rows(outputs)
    logits_MBC = torch.randn(MEMBERS, ROWS, outputs, generator=random(), requires_grad=True)
    loss = build_loss(name, positive_weight)

    written_out_MBC = loss.gradient(logits_MBC.detach(), labels_MB)

    (found_MBC,) = torch.autograd.grad(loss(logits_MBC, labels_MB).sum(), logits_MBC)
    assert written_out_MBC.numpy() == pytest.approx(found_MBC.numpy(), abs=1e-6)
    assert found_MBC.abs().max() > 0.1


@pytest.mark.parametrize("name", ["cross_entropy", "squared_error"])
@pytest.mark.parametrize("outputs", [1, 3])
def test_the_gradient_of_a_loss_is_finite_where_logits_are_extreme(name, outputs):
    logits_MBC = torch.tensor([-1e4, 1e4])[None, :, None].expand(1, 2, outputs)

    gradient_MBC = build_loss(name).gradient(logits_MBC, torch.tensor([[1, 0]]))

    assert torch.isfinite(gradient_MBC).all()


@pytest.mark.parametrize("slope", [0.0, 0.2, 1.0])
@pytest.mark.parametrize("outputs", [1, 3])
@pytest.mark.parametrize("hidden", [(), (6,), (6, 5, 4)])
def test_the_gradients_of_a_network_are_those_that_autograd_finds(hidden, outputs, slope):
    network, (x_MBF, _) = new_network(outputs, hidden, slope), rows(outputs)
    gradient_MBC = torch.randn(MEMBERS, ROWS, outputs, generator=random())

    network.backward(network.trace(x_MBF)[:-1], gradient_MBC)

    written_out = gradients(network)
    found = torch.autograd.grad(network(x_MBF), list(network.parameters()), gradient_MBC)
    assert len(written_out) == len(found) == 2 + 2 * len(hidden)
    for ours, theirs in zip(written_out, found, strict=True):
        assert ours.numpy() == pytest.approx(theirs.numpy(), abs=1e-5)


def torch_optimizer(recipe: Recipe, network: Network) -> torch.optim.Optimizer:
    groups = [
        {"params": list(network.weights_MIO), "weight_decay": recipe.weight_decay},
        {"params": list(network.biases_M1O), "weight_decay": 0.0},
    ]
    if recipe.optimizer == "sgd":
        return torch.optim.SGD(groups, lr=recipe.learning_rate)
    return torch.optim.AdamW(groups, lr=recipe.learning_rate, eps=1e-7)


@pytest.mark.parametrize("weight_decay", [0.0, 0.5])
@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_the_steps_are_those_of_torch_under_a_changing_rate(optimizer, weight_decay):
    recipe = iris_recipe(
        optimizer=optimizer, weight_decay=weight_decay, learning_rate=0.05, schedule="cosine", epochs=20
    )
    network, twin, (x_MBF, labels_MB) = new_network(1), new_network(1), rows(1)
    loss, ours, theirs = (
        build_loss("cross_entropy"),
        build_optimizer(recipe, network),
        torch_optimizer(recipe, twin),
    )

    for epoch in range(recipe.epochs):
        ours.learning_rate = theirs.param_groups[0]["lr"] = theirs.param_groups[1]["lr"] = learning_rate(
            recipe, epoch
        )
        train_step(network, loss, ours, x_MBF, labels_MB)
        theirs.zero_grad()
        loss(twin(x_MBF), labels_MB).mean(dim=1).sum().backward()
        theirs.step()

    for moved, expected, start in zip(
        network.parameters(), twin.parameters(), new_network(1).parameters(), strict=True
    ):
        assert moved.detach().numpy() == pytest.approx(expected.detach().numpy(), abs=1e-4)
        assert not torch.allclose(moved, start, atol=1e-2)


def test_weights_that_are_loaded_while_training_are_those_that_move():
    network, (x_MBF, labels_MB) = new_network(1), rows(1)
    optimizer = build_optimizer(iris_recipe(optimizer="sgd", learning_rate=1e-3), network)
    state = {name: tensor + 1 for name, tensor in network.state_dict().items()}

    network.load_state_dict(state)
    train_step(network, build_loss("cross_entropy"), optimizer, x_MBF, labels_MB)

    for name, tensor in network.state_dict().items():
        assert torch.allclose(tensor, state[name], atol=1e-2)
        assert not torch.equal(tensor, state[name])

"""Early stopping, members side by side, and which member answers for a held-out row.

Shapes: M members, N rows, F inputs, C outputs.
"""

import numpy as np
import pytest
import torch

from tests.support.training.made_up import iris_recipe, network_shape
from training.data.split import Fold
from training.learning.early_stopping import EarlyStopping
from training.learning.history import Epoch
from training.learning.network import Network
from training.learning.trainer import fit, validate, validation_logits
from training.preprocessing.network_inputs import NetworkInputs

TRAIN, VALIDATION = np.arange(60), np.arange(60, 90)
ONE_FOLD = (Fold(TRAIN, VALIDATION),)
THIRDS = tuple(
    Fold(train=np.flatnonzero(np.arange(90) % 3 != k), validation=np.flatnonzero(np.arange(90) % 3 == k))
    for k in range(3)
)


class Album:
    """A callback that keeps every epoch's weights."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.weights: list[dict[str, torch.Tensor]] = []

    def __call__(self, epoch, stopping) -> None:
        state = self.network.state_dict()
        self.weights.append({name: tensor.clone() for name, tensor in state.items()})


def epoch_with(validation: dict[str, float], number: int) -> Epoch:
    return Epoch(
        number=number,
        learning_rate=0.1,
        loss=0.0,
        unweighted_loss=0.0,
        accuracy=0.0,
        validation=validation,
        members=(),
    )


def new_network(members: int = 1, hidden: tuple[int, ...] = (16,)) -> Network:
    shape = network_shape(inputs=3, outputs=1, hidden=hidden, members=members)
    return Network(shape, torch.Generator().manual_seed(1))


def noise() -> tuple[torch.Tensor, torch.Tensor]:
    """Draw rows whose labels mean nothing: what is learned of them does not hold elsewhere."""
    generator = torch.Generator().manual_seed(2)
    x_NF = torch.randn(90, 3, generator=generator)
    return x_NF, torch.randint(2, (90,), generator=generator)


def is_equal(state, other) -> bool:
    return all(torch.equal(tensor, other[name]) for name, tensor in state.items())


def test_training_stops_when_patience_runs_out_and_restores_the_best_weights():
    network, (x_NF, labels_N) = new_network(), noise()
    recipe = iris_recipe(epochs=200, patience=7, learning_rate=0.02)
    album = Album(network)

    history = fit(network, NetworkInputs.of_rows(x_NF), labels_N, ONE_FOLD, recipe, album)

    losses = [epoch.validation["loss"] for epoch in history.epochs]
    restored, _ = validate(network, NetworkInputs.of_rows(x_NF).fillings, labels_N, ONE_FOLD, recipe)
    assert history.best_epoch == 1 + int(np.argmin(losses))
    assert len(history.epochs) == history.best_epoch + 7 < 200
    assert restored["loss"] == min(losses)
    assert is_equal(network.state_dict(), album.weights[history.best_epoch - 1])


def test_a_monitor_that_is_better_when_higher_keeps_the_highest():
    network, (x_NF, labels_N) = new_network(), noise()
    recipe = iris_recipe(epochs=200, patience=7, learning_rate=0.02, monitor="roc_auc")

    history = fit(network, NetworkInputs.of_rows(x_NF), labels_N, ONE_FOLD, recipe)

    areas = [epoch.validation["roc_auc"] for epoch in history.epochs]
    assert history.best_epoch == 1 + int(np.argmax(areas))
    restored, _ = validate(network, NetworkInputs.of_rows(x_NF).fillings, labels_N, ONE_FOLD, recipe)
    assert restored["roc_auc"] == max(areas)


@pytest.mark.parametrize(
    ("window", "kept"),
    [
        (1, 4),
        # The first two stand for want of a mean; then .45, .7, .85, .35, .25.
        (2, 5),
        # Means of three from the third on: .4, .667, .6, .467.
        (3, 5),
    ],
)
def test_an_epoch_is_judged_by_the_mean_of_the_last_ones(window, kept):
    stopping = EarlyStopping("pr_auc", patience=9, window=window)
    network = new_network()

    for number, value in enumerate((0.3, 0.5, 0.4, 1.0, 0.7, 0.0, 0.5), start=1):
        stopping.update(epoch_with({"pr_auc": value}, number), network)

    assert stopping.best_epoch == kept


def test_patience_runs_out_so_many_epochs_after_the_best():
    stopping = EarlyStopping("loss", patience=2)

    over = []
    for number, value in enumerate((0.5, 0.4, 0.6, 0.45), start=1):
        stopping.update(epoch_with({"loss": value}, number), new_network())
        over.append(stopping.is_over)

    assert over == [False, False, False, True]
    assert (stopping.best_value, stopping.best_epoch) == (0.4, 2)


def test_without_patience_every_epoch_is_run_and_the_last_weights_stay():
    network, (x_NF, labels_N) = new_network(), noise()
    album = Album(network)
    recipe = iris_recipe(epochs=40, patience=0, learning_rate=0.02)

    history = fit(network, NetworkInputs.of_rows(x_NF), labels_N, ONE_FOLD, recipe, album)

    assert len(history.epochs) == history.best_epoch == 40
    assert is_equal(network.state_dict(), album.weights[-1])
    assert not is_equal(network.state_dict(), album.weights[0])


def test_training_goes_without_held_out_rows():
    network, (x_NF, labels_N) = new_network(), noise()
    everything = (Fold(np.arange(90), TRAIN[:0]),)

    history = fit(network, NetworkInputs.of_rows(x_NF), labels_N, everything, iris_recipe(epochs=3))

    assert [epoch.validation for epoch in history.epochs] == [{}, {}, {}]


@pytest.mark.parametrize("member", range(3))
def test_a_member_learns_the_same_beside_others_as_alone(member):
    x_NF, labels_N = noise()
    together, alone = new_network(members=3), new_network()
    own = {name: tensor[member : member + 1].clone() for name, tensor in together.state_dict().items()}
    alone.load_state_dict(own)
    # With full batches the order of the rows, which members draw in turn, does not matter.
    recipe = iris_recipe(batch_size="full", epochs=20, learning_rate=0.02)

    fit(together, NetworkInputs.of_rows(x_NF), labels_N, THIRDS, recipe)
    fit(alone, NetworkInputs.of_rows(x_NF), labels_N, (THIRDS[member],), recipe)

    for name, tensor in alone.state_dict().items():
        assert torch.allclose(together.state_dict()[name][member], tensor[0], atol=1e-5)
        assert not torch.allclose(own[name], tensor, atol=1e-3)


def test_a_held_out_row_is_answered_by_the_member_that_did_not_learn_it():
    network, (x_NF, _) = new_network(members=3), noise()

    logits_BC = validation_logits(network, NetworkInputs.of_rows(x_NF).fillings, THIRDS).mean()

    with torch.inference_mode():
        logits_MNC = network(x_NF).double().numpy()
    expected = [logits_MNC[member, row] for member, fold in enumerate(THIRDS) for row in fold.validation]
    assert logits_BC == pytest.approx(np.array(expected), abs=1e-6)


def test_the_loss_falls_to_nothing_on_rows_that_can_be_memorised():
    network = new_network(hidden=(64,))
    x_NF, labels_N = noise()
    memorised = (Fold(np.arange(32), TRAIN[:0]),)

    history = fit(
        network, NetworkInputs.of_rows(x_NF), labels_N, memorised, iris_recipe(epochs=300, learning_rate=0.03)
    )

    assert history.epochs[0].loss > 0.5
    assert history.epochs[-1].loss < 0.05
    assert history.epochs[-1].accuracy == 1


def test_the_same_seed_gives_the_same_weights_and_another_seed_others():
    x_NF, labels_N = noise()
    networks = [new_network() for _ in range(3)]

    for network, seed in zip(networks, (5, 5, 6), strict=True):
        fit(network, NetworkInputs.of_rows(x_NF), labels_N, ONE_FOLD, iris_recipe(epochs=3, seed=seed))

    first, same, other = (network.state_dict() for network in networks)
    assert is_equal(first, same)
    assert not is_equal(first, other)

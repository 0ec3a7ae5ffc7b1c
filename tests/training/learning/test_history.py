"""The history of a run: weighted and unweighted loss, the members' own validation rows, the table.

Shapes: M members, N rows, C outputs.
"""

import csv
import io

import numpy as np
import pytest
import torch

from tests.support.training.made_up import iris_recipe, network_shape, stroke_recipe
from tests.support.training.runs import quickly_trained
from training.data.split import Fold
from training.learning.history import MAX_ROWS, Epoch, Figures, History
from training.learning.losses import build_loss
from training.learning.network import Network
from training.learning.trainer import fit
from training.preprocessing.network_inputs import NetworkInputs
from training.recipes.iris import PRODUCTION as IRIS_PRODUCTION
from training.recipes.iris import builtin_data

FOLDS = tuple(
    Fold(train=np.flatnonzero(np.arange(120) % 3 != k), validation=np.flatnonzero(np.arange(120) % 3 == k))
    for k in range(3)
)


def noise() -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(2)
    x_NF = torch.randn(120, 3, generator=generator)
    return x_NF, (torch.rand(120, generator=generator) < 0.3).long()


def new_network(members: int = 3) -> Network:
    shape = network_shape(inputs=3, outputs=1, hidden=(8,), members=members)
    return Network(shape, torch.Generator().manual_seed(1))


def table_of(history: History) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(history.to_csv())))


@pytest.mark.parametrize("loss", ["cross_entropy", "squared_error"])
def test_the_two_training_losses_are_those_of_the_same_forward_pass(loss):
    x_NF, labels_N = noise()
    network = new_network()
    logits_MNC = network(x_NF).detach()
    # With one full batch, the only forward pass of the epoch is that of the initial weights.
    recipe = stroke_recipe(loss=loss, positive_weight=7.0, batch_size="full", epochs=1, patience=0)

    history = fit(network, NetworkInputs.of_rows(x_NF), labels_N, FOLDS, recipe)

    for fold, logits_NC, member in zip(FOLDS, logits_MNC, history.epochs[0].members, strict=True):
        logits_1BC, labels_1B = logits_NC[fold.train][None], labels_N[fold.train][None]
        assert member.loss == pytest.approx(float(build_loss(loss, 7.0)(logits_1BC, labels_1B).mean()))
        assert member.unweighted_loss == pytest.approx(float(build_loss(loss)(logits_1BC, labels_1B).mean()))
        assert member.loss > member.unweighted_loss


def test_a_member_is_validated_on_its_own_rows_and_all_on_every_row():
    x_NF, labels_N = noise()
    network = new_network()
    recipe = stroke_recipe(monitor="pr_auc", epochs=2, patience=0)

    history = fit(network, NetworkInputs.of_rows(x_NF), labels_N, FOLDS, recipe)

    last = history.epochs[-1]
    with torch.inference_mode():
        logits_MNC = network(x_NF).double()
    losses = [
        float(
            build_loss("cross_entropy")(
                logits_MNC[m][fold.validation][None], labels_N[fold.validation][None]
            ).mean()
        )
        for m, fold in enumerate(FOLDS)
    ]
    assert [member.validation["loss"] for member in last.members] == pytest.approx(losses)
    assert last.validation["loss"] == pytest.approx(np.mean(losses))
    assert [list(member.validation) for member in last.members] == [["loss", "accuracy", "pr_auc"]] * 3


def test_a_member_whose_validation_rows_lack_a_class_has_an_empty_cell():
    x_NF, labels_N = noise()
    labels_N[FOLDS[1].validation] = 0

    history = fit(
        new_network(),
        NetworkInputs.of_rows(x_NF),
        labels_N,
        FOLDS,
        stroke_recipe(monitor="roc_auc", epochs=1, patience=0),
    )

    cells = {row["member"]: row["validation_roc_auc"] for row in table_of(history)}
    assert cells["2"] == ""
    assert "" not in {cells["1"], cells["3"], cells["all"]}


def test_the_learning_rate_is_that_of_the_steps_of_the_epoch():
    x_NF, labels_N = noise()
    recipe = iris_recipe(schedule="step", learning_rate=0.4, epochs=4, patience=0)

    history = fit(new_network(1), NetworkInputs.of_rows(x_NF), labels_N, FOLDS[:1], recipe)

    assert [row["learning_rate"] for row in table_of(history)] == ["0.4", "0.2", "0.1", "0.05"]


def test_the_table_has_a_row_for_all_members_and_for_each():
    history = quickly_trained(IRIS_PRODUCTION, builtin_data()).history

    rows = table_of(history)

    folds = IRIS_PRODUCTION.split.folds
    assert [row["epoch"] for row in rows] == [str(epoch) for epoch in (1, 2, 3) for _ in range(folds + 1)]
    assert [row["member"] for row in rows[: folds + 1]] == ["all", *map(str, range(1, folds + 1))]
    assert rows[0].keys() == {
        *("epoch", "member", "learning_rate", "training_loss_weighted", "training_loss_unweighted"),
        *("training_accuracy", "validation_loss", "validation_accuracy"),
    }
    assert float(rows[0]["validation_loss"]) == pytest.approx(history.epochs[0].validation["loss"], rel=1e-6)


def test_a_run_without_validation_rows_has_no_validation_columns():
    x_NF, labels_N = noise()
    everything = (Fold(np.arange(120), np.arange(0)),)

    history = fit(
        new_network(1),
        NetworkInputs.of_rows(x_NF),
        labels_N,
        everything,
        iris_recipe(epochs=2, validation="none"),
    )

    assert not [column for column in table_of(history)[0] if column.startswith("validation")]


def test_a_very_long_history_keeps_every_nth_epoch_the_best_and_the_last():
    member = Figures(loss=0.5, unweighted_loss=0.5, accuracy=0.9, validation={"loss": 0.5})
    epochs = tuple(
        Epoch(
            number=number,
            learning_rate=0.1,
            loss=0.5,
            unweighted_loss=0.5,
            accuracy=0.9,
            validation={"loss": 0.5},
            members=(member,) * 4,
        )
        for number in range(1, MAX_ROWS // 2 + 2)
    )

    rows = table_of(History(epochs, best_epoch=7))

    numbers = [int(row["epoch"]) for row in rows if row["member"] == "all"]
    assert len(rows) <= MAX_ROWS + 10
    assert (7 in numbers, numbers[-1]) == (True, len(epochs))

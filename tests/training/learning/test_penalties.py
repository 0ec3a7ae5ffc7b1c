"""The penalty on the effect of an input: its value, and what a network learns with it.

Shapes: M members, B rows, N rows, F inputs.
"""

import numpy as np
import pytest
import torch

from tests.support.training.made_up import iris_recipe, linear_network, network_shape
from training.data.split import Fold
from training.learning.losses import EffectPenalty, build_penalty
from training.learning.network import Network
from training.learning.trainer import fit
from training.preprocessing.network_inputs import Fillings, NetworkInputs


def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def test_the_penalty_is_the_mean_squared_change_of_the_logit_where_rows_exchange_their_values():
    network = linear_network([[2.0], [5.0]], [1.0])
    x_MBF = torch.randn(1, 50, 2, generator=generator())
    order = torch.randperm(50, generator=generator())
    changes_B = 2.0 * (x_MBF[0, order, 0] - x_MBF[0, :, 0])

    penalty_M = EffectPenalty({0: 0.3}, generator())(network, x_MBF, network(x_MBF))

    assert penalty_M.tolist() == pytest.approx([0.3 * float((changes_B**2).mean())], rel=1e-5)


def test_each_member_has_its_own_penalty():
    network = Network(network_shape(inputs=2, outputs=1, hidden=(4,), members=3), generator())
    with torch.no_grad():
        network.weights_MIO[0][1, 0] = 0
    x_MBF = torch.randn(3, 20, 2, generator=generator())

    first, second, third = EffectPenalty({0: 1.0}, generator())(network, x_MBF, network(x_MBF)).tolist()

    assert second == 0
    assert min(first, third) > 0


def learned_effects(penalties: dict[str, float]) -> tuple[float, float]:
    """Learn from two inputs that say equally much; give how much the logit changes over each of them."""
    x_NF = torch.randn(600, 2, generator=generator())
    labels_N = torch.bernoulli((2 * x_NF.sum(dim=1)).sigmoid(), generator=generator()).long()
    inputs = NetworkInputs(Fillings(x_NF, np.ones(600, dtype=np.int64)), {"first": 0, "second": 1})
    network = Network(network_shape(inputs=2, outputs=1, hidden=(8,)), generator())
    recipe = iris_recipe(epochs=30, learning_rate=0.02, patience=0).model_copy(
        update={"effect_penalties": penalties}
    )
    fit(network, inputs, labels_N, (Fold(np.arange(600), np.arange(0)),), recipe)
    steps = torch.tensor([[[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]])
    with torch.inference_mode():
        of_first, of_second, of_none = network(steps)[0, :, 0].tolist()
    return of_first - of_none, of_second - of_none


def test_a_penalised_input_has_a_small_effect_and_the_other_one_stays():
    free_first, free_second = learned_effects({})
    first, second = learned_effects({"first": 3.0})

    assert free_first == pytest.approx(free_second, rel=0.3)
    assert 0 < first < 0.15 * free_first
    assert second > 0.5 * free_second


def test_a_recipe_without_penalties_or_whose_column_is_no_input_has_none():
    recipe = iris_recipe().model_copy(update={"effect_penalties": {"constant": 1.0}})

    assert build_penalty(iris_recipe(), {"first": 0}, generator()) is None
    assert build_penalty(recipe, {"first": 0}, generator()) is None

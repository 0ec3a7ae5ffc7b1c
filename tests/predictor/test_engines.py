"""Two engines, one answer.

Shapes: M members, B rows, F encoded features, C outputs.
"""

import numpy as np
import pytest
import torch

from predictor.engine import choose_engine
from predictor.errors import DeviceUnavailable
from predictor.heads import probabilities_from_logits
from predictor.lowered import Array, LoweredModel
from predictor.numpy_engine import NumpyEngine
from predictor.predictor import load_predictor
from predictor.tasks import find_task, find_tasks
from predictor.torch_engine import TorchEngine
from tests.artefacts import random_model, write_artefact

TASKS = list(find_tasks().values())
each_model = pytest.mark.parametrize(
    "model",
    [
        random_model(task, np.random.default_rng(seed), hidden)
        for seed, task in enumerate(TASKS)
        for hidden in ((), (8,), (32, 16))
    ],
    ids=lambda model: f"{model.shape.outputs} outputs, {len(model.shape.hidden)} hidden",
)
needs_a_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU here")


def inputs(model: LoweredModel, rows: int = 64) -> Array:
    return np.random.default_rng(7).normal(size=(rows, model.shape.inputs))


@each_model
def test_the_numpy_engine_does_what_the_formula_says(model):
    x_BF = inputs(model, rows=3)

    logits_MBC = NumpyEngine(model).logits(x_BF)

    for member in range(model.shape.members):
        for row in range(3):
            h = x_BF[row]
            for layer, (weight, bias) in enumerate(zip(model.weights_MIO, model.biases_MO, strict=True)):
                if layer:
                    h = np.where(h > 0, h, model.shape.negative_slope * h)
                h = h @ weight[member].astype(float) + bias[member].astype(float)
            assert logits_MBC[member, row] == pytest.approx(h, abs=1e-12)


@each_model
def test_the_torch_engine_gives_the_numpy_engines_answer(model):
    x_BF = inputs(model)

    by_torch, by_numpy = (
        probabilities_from_logits(engine.logits(x_BF))
        for engine in (TorchEngine(model, "cpu"), NumpyEngine(model))
    )

    assert np.abs(by_torch - by_numpy).max() <= 1e-5


@needs_a_gpu
@each_model
def test_the_torch_engine_gives_the_numpy_engines_answer_on_a_gpu(model):
    x_BF = inputs(model)

    by_torch, by_numpy = (
        probabilities_from_logits(engine.logits(x_BF))
        for engine in (choose_engine(model, "cuda"), NumpyEngine(model))
    )

    assert np.abs(by_torch - by_numpy).max() <= 1e-5


@needs_a_gpu
def test_golden_rows_hold_on_a_gpu(tmp_path):
    task = find_task("stroke")
    write_artefact(tmp_path, task)

    assert load_predictor(tmp_path, task, "cuda").engine.device == "cuda"


@each_model
def test_a_rows_answer_is_the_same_to_the_last_bit_whatever_is_beside_it(model):
    x_BF, engine = inputs(model), NumpyEngine(model)

    together = engine.logits(x_BF)
    alone = np.concatenate([engine.logits(x_BF[row : row + 1]) for row in range(len(x_BF))], axis=1)

    assert together.tolist() == alone.tolist()


@pytest.mark.parametrize("engine", [NumpyEngine, lambda model: TorchEngine(model, "cpu")])
def test_no_rows_get_no_answers(engine):
    model = random_model(TASKS[0], np.random.default_rng(0), (4,))

    logits_MBC = engine(model).logits(inputs(model, rows=0))

    assert logits_MBC.shape == (model.shape.members, 0, model.shape.outputs)


def test_the_cpu_is_numpys():
    model = random_model(TASKS[0], np.random.default_rng(0), ())

    assert isinstance(choose_engine(model, "cpu"), NumpyEngine)


def test_a_gpu_that_is_not_there_is_a_clear_error(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    model = random_model(TASKS[0], np.random.default_rng(0), ())

    with pytest.raises(DeviceUnavailable, match="use cpu, or auto"):
        choose_engine(model, "cuda")


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
def test_auto_is_the_cpu_where_there_is_no_gpu():
    model = random_model(TASKS[0], np.random.default_rng(0), ())

    assert choose_engine(model, "auto").device == "cpu"

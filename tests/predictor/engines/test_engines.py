"""Both engines give the same probabilities.

Shapes: M members, B rows, K raw columns, F encoded features, C outputs.
"""

import sys
from functools import partial

import numpy as np
import pytest
import torch

from predictor.artefact.weights import Array
from predictor.engines.activations import probabilities_from_logits
from predictor.engines.encoding import Encoder, raw_matrix
from predictor.engines.numpy_engine import NumpyEngine
from predictor.engines.selection import choose_engine
from predictor.engines.torch_engine import TorchEngine
from predictor.model.predictor import load_predictor
from predictor.schema.column import Column, Value
from predictor.schema.errors import DeviceUnavailable
from predictor.schema.features import Features
from predictor.schema.task import Task
from predictor.tasks import find_task
from tests.support.artefacts import random_model, write_artefact
from tests.support.payloads import TASKS as SHIPPED

TASKS = list(SHIPPED.values())
MODELS = {
    f"{task.name}, {len(hidden)} hidden": (task, random_model(task, np.random.default_rng(seed), hidden))
    for seed, task in enumerate(TASKS)
    for hidden in ((), (8,), (32, 16))
}
each_model = pytest.mark.parametrize(("task", "model"), MODELS.values(), ids=MODELS)
needs_a_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU here")


def random_rows(task: Task, rows: int = 64) -> list[Features]:
    random = np.random.default_rng(7)
    return [
        task.features.model_validate(
            {column.name: random_value(column, random) for column in task.features.columns()}
        )
        for _ in range(rows)
    ]


def random_value(column: Column, random: np.random.Generator) -> Value:
    if column.kind == "category":
        return str(random.choice(column.categories))
    if column.kind == "flag":
        return int(random.integers(2))
    if column.nullable and random.random() < 0.3:
        return None
    return float(random.uniform(column.minimum or 0, column.maximum or 0))


def random_matrix(task: Task, rows: int = 64) -> Array:
    return raw_matrix(random_rows(task, rows), task.features.columns())


def probabilities(engine, raw_BK):
    return probabilities_from_logits(engine.calibrated_logits(raw_BK))


@each_model
def test_the_numpy_engine_computes_the_documented_formula(task, model):
    raw_BK = random_matrix(task, rows=3)
    x_BF = Encoder(task.features.columns(), model).encode(raw_BK)

    logits_MBC = NumpyEngine(model, task.features.columns()).calibrated_logits(raw_BK)

    for member in range(model.shape.members):
        for row in range(3):
            h = x_BF[row]
            for layer, (weight, bias) in enumerate(zip(model.weights_MIO, model.biases_MO, strict=True)):
                if layer:
                    h = np.where(h > 0, h, model.shape.negative_slope * h)
                h = h @ weight[member].astype(float) + bias[member].astype(float)
            expected = model.slope * h + model.intercept_C
            assert logits_MBC[member, row] == pytest.approx(expected, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("device", ["cpu", pytest.param("cuda", marks=needs_a_gpu)])
@each_model
def test_the_torch_engine_gives_the_probabilities_of_the_numpy_engine(task, model, device):
    columns, raw_BK = task.features.columns(), random_matrix(task)

    by_torch = probabilities(TorchEngine(model, columns, device), raw_BK)
    by_numpy = probabilities(NumpyEngine(model, columns), raw_BK)

    assert np.abs(by_torch - by_numpy).max() <= 1e-9


@needs_a_gpu
def test_golden_rows_hold_on_a_gpu(tmp_path):
    task = find_task("stroke")
    write_artefact(tmp_path, task)

    assert load_predictor(tmp_path, task, "cuda").engine.device == "cuda"


@each_model
def test_a_single_row_has_the_logits_that_it_has_in_a_batch(task, model):
    columns, rows = task.features.columns(), random_rows(task, rows=300)
    engine = NumpyEngine(model, columns)

    together = engine.calibrated_logits(raw_matrix(rows, columns))
    alone = [engine.calibrated_logits_of_row(row) for row in rows]

    assert np.abs(together - np.stack(alone, axis=1)).max() <= 1e-10


@pytest.mark.parametrize("engine", [NumpyEngine, partial(TorchEngine, device="cpu")])
def test_no_rows_give_no_logits(engine):
    task, model = next(iter(MODELS.values()))

    logits_MBC = engine(model, task.features.columns()).calibrated_logits(random_matrix(task, rows=0))

    assert logits_MBC.shape == (model.shape.members, 0, model.shape.outputs)


# Selection of the engine


@pytest.fixture
def choose():
    task, model = next(iter(MODELS.values()))
    return partial(choose_engine, model, task.features.columns())


@pytest.fixture
def driver(monkeypatch, tmp_path):
    """Pretend that the driver of a GPU is installed."""
    monkeypatch.setattr("predictor.engines.selection.NVIDIA_CONTROL", tmp_path)


def no_gpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)


def unsupported_gpu(monkeypatch):
    def refuse(*_args, **_options):
        raise RuntimeError("CUDA error: no kernel image is available for execution on the device")

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch, "as_tensor", refuse)


def no_torch(monkeypatch):
    monkeypatch.setattr("predictor.engines.selection.importlib.util.find_spec", lambda _name: None)


def torch_without_a_library(monkeypatch):
    class Missing:
        def find_spec(self, name, path=None, target=None):
            if name == "predictor.engines.torch_engine":
                raise OSError("libcudart.so.13: cannot open shared object file")

    monkeypatch.delitem(sys.modules, "predictor.engines.torch_engine")
    monkeypatch.setattr(sys, "meta_path", [Missing(), *sys.meta_path])


def torch_that_cannot_be_imported(monkeypatch):
    monkeypatch.setitem(sys.modules, "predictor.engines.torch_engine", None)


each_defect = pytest.mark.parametrize(
    "break_torch",
    [no_torch, torch_that_cannot_be_imported, torch_without_a_library, no_gpu, unsupported_gpu],
)


def test_the_engine_for_the_cpu_is_numpy(choose):
    assert isinstance(choose("cpu"), NumpyEngine)


@pytest.mark.usefixtures("driver")
@each_defect
def test_auto_is_the_cpu_if_there_is_a_driver_but_no_usable_gpu(choose, monkeypatch, break_torch):
    break_torch(monkeypatch)

    assert isinstance(choose("auto"), NumpyEngine)


@each_defect
def test_cuda_that_cannot_be_used_is_an_error_that_names_the_alternative(choose, monkeypatch, break_torch):
    break_torch(monkeypatch)

    with pytest.raises(DeviceUnavailable, match=r"^The device is cuda, but .*use cpu"):
        choose("cuda")


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
def test_auto_is_the_cpu_if_there_is_no_gpu(choose):
    assert isinstance(choose("auto"), NumpyEngine)


@needs_a_gpu
def test_auto_is_the_gpu_if_there_is_one(choose):
    assert choose("auto").device == "cuda"

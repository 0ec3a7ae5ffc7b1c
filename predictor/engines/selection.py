"""Selection of the engine that runs the network: numpy on the CPU, torch on a GPU."""

import importlib.util
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Literal

import numpy as np

from predictor.artefact.weights import ExportedWeights
from predictor.engines.draws import with_draws
from predictor.engines.engine import Engine
from predictor.engines.numpy_engine import NumpyEngine
from predictor.schema.column import Column
from predictor.schema.errors import DeviceUnavailable

Device = Literal["auto", "cpu", "cuda"]

NVIDIA_CONTROL = Path("/dev/nvidiactl")


def choose_engine(model: ExportedWeights, columns: Sequence[Column], device: Device) -> Engine:
    """Build the engine for a device; `auto` is a GPU if torch can use one, else the CPU.

    DeviceUnavailable if the device is `cuda` and torch cannot use it.
    """
    engine = _choose_network_engine(model, columns, device)
    return with_draws(engine, model)


def _choose_network_engine(model: ExportedWeights, columns: Sequence[Column], device: Device) -> Engine:
    if device == "cuda":
        return _build_cuda_engine(model, columns)
    # Importing torch to find out takes two seconds, so hosts without a GPU avoid it.
    if device == "auto" and NVIDIA_CONTROL.exists():
        with suppress(DeviceUnavailable):
            return _build_cuda_engine(model, columns)
    return NumpyEngine(model, columns)


def _build_cuda_engine(model: ExportedWeights, columns: Sequence[Column]) -> Engine:
    if importlib.util.find_spec("torch") is None:
        raise DeviceUnavailable(
            "The device is cuda, but torch is not installed; install the extra `gpu`, or use cpu."
        )
    try:
        # Only GPU hosts need torch, and its import fails if one of its libraries is missing.
        from predictor.engines.torch_engine import TorchEngine  # noqa: PLC0415

        engine = TorchEngine(model, columns, "cuda")
        # Only a computation shows whether the GPU is too old for torch, or in exclusive use.
        engine.calibrated_logits(np.zeros((1, len(columns))))
    except (ImportError, OSError, RuntimeError) as error:
        raise DeviceUnavailable(
            "The device is cuda, but torch cannot compute on the GPU here; use cpu, or auto."
        ) from error
    return engine

"""Which arithmetic runs the network: numpy, or torch where a GPU is asked for.

Shapes: B rows, K columns read, M members, C outputs.
"""

import importlib.util
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Literal, Protocol

import numpy as np

from predictor.artefact.weights import Array, ExportedWeights
from predictor.engines.numpy_engine import NumpyEngine
from predictor.schema.errors import DeviceUnavailable
from predictor.schema.features import Column, Features

Device = Literal["auto", "cpu", "cuda"]

NVIDIA_CONTROL = Path("/dev/nvidiactl")


class Engine(Protocol):
    """Runs the network of one model.

    So many as `few_rows` are quicker one by one, with plain Python behind the network; more are quicker
    together. Golden rows are reproduced within `tolerance`.
    """

    device: str
    few_rows: int
    tolerance: float
    columns: tuple[Column, ...]

    def calibrated_logits(self, raw_BK: Array) -> Array:
        """Give every member's calibrated logits (M, B, C) for rows as `raw_matrix` writes `columns`."""
        ...

    def calibrated_logits_of_row(self, row: Features) -> Array:
        """Give the same for one row (M, C)."""
        ...


def choose_engine(model: ExportedWeights, columns: Sequence[Column], device: Device) -> Engine:
    """Build the engine for a device: `auto` takes a GPU where one can be used, else the CPU.

    DeviceUnavailable where `cuda` is asked for and cannot be used.
    """
    if device == "cuda":
        return _cuda_engine(model, columns)
    if device == "auto" and _may_have_gpu():
        with suppress(DeviceUnavailable):
            return _cuda_engine(model, columns)
    return NumpyEngine(model, columns)


def _may_have_gpu() -> bool:
    # Asking torch would cost a two-second import on every host without a GPU.
    return NVIDIA_CONTROL.exists() and importlib.util.find_spec("torch") is not None


def _cuda_engine(model: ExportedWeights, columns: Sequence[Column]) -> Engine:
    if importlib.util.find_spec("torch") is None:
        raise DeviceUnavailable(
            "The device is cuda, but torch is not installed; install the extra `gpu`, or use cpu."
        )
    try:
        # torch is loaded only where it is asked for, and may lack a library that it needs.
        from predictor.engines.torch_engine import TorchEngine  # noqa: PLC0415

        engine = TorchEngine(model, columns, "cuda")
        # A GPU that is too old, or in another's hands, is only found out by computing on it.
        engine.calibrated_logits(np.zeros((1, len(columns))))
    except (ImportError, OSError, RuntimeError) as error:
        raise DeviceUnavailable(
            "The device is cuda, but torch cannot compute on the GPU here; use cpu, or auto."
        ) from error
    return engine

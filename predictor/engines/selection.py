"""Selection of the engine that runs the network: numpy on the CPU, torch on a GPU.

Shapes: B rows, K used columns, M members, C outputs.
"""

import importlib.util
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Literal, Protocol

import numpy as np

from predictor.artefact.weights import Array, ExportedWeights
from predictor.engines.numpy_engine import NumpyEngine
from predictor.schema.column import Column
from predictor.schema.errors import DeviceUnavailable
from predictor.schema.features import Features

Device = Literal["auto", "cpu", "cuda"]

NVIDIA_CONTROL = Path("/dev/nvidiactl")


class Engine(Protocol):
    """Runs the network of one model.

    Up to `few_rows` rows are predicted faster one by one, more are predicted faster together. The golden
    rows are reproduced within `tolerance`.
    """

    device: str
    few_rows: int
    tolerance: float
    columns: tuple[Column, ...]

    def calibrated_logits(self, raw_BK: Array) -> Array:
        """Give each member's calibrated logits (M, B, C) for the `raw_matrix` of `columns`."""

    def calibrated_logits_of_row(self, row: Features) -> Array:
        """Give each member's calibrated logits for one row (M, C)."""


def choose_engine(model: ExportedWeights, columns: Sequence[Column], device: Device) -> Engine:
    """Build the engine for a device; `auto` is a GPU if torch can use one, else the CPU.

    DeviceUnavailable if the device is `cuda` and torch cannot use it.
    """
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

"""Which arithmetic runs the network: numpy, or torch where a GPU is asked for.

Shapes: B rows, K columns read, M members, C outputs.
"""

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, Protocol

from predictor.errors import DeviceUnavailable
from predictor.features import Column
from predictor.lowered import Array, LoweredModel
from predictor.numpy_engine import NumpyEngine

Device = Literal["auto", "cpu", "cuda"]

NVIDIA_CONTROL = Path("/dev/nvidiactl")


class Engine(Protocol):
    """Runs the network of one model."""

    device: str
    tolerance: float
    columns: tuple[Column, ...]

    def calibrated_logits(self, raw_BK: Array) -> Array:
        """Give every member's calibrated logits (M, B, C) for rows as `raw_matrix` writes `columns`."""
        ...


def choose_engine(model: LoweredModel, columns: Sequence[Column], device: Device) -> Engine:
    """Build the engine for a device; DeviceUnavailable where `cuda` cannot be had."""
    if device == "cuda" or (device == "auto" and _has_gpu()):
        return _torch_engine(model, columns, "cuda")
    return NumpyEngine(model, columns)


def _has_gpu() -> bool:
    # Asking torch would cost a two-second import on every host without a GPU.
    return NVIDIA_CONTROL.exists() and importlib.util.find_spec("torch") is not None


def _torch_engine(model: LoweredModel, columns: Sequence[Column], device: str) -> Engine:
    if importlib.util.find_spec("torch") is None:
        raise DeviceUnavailable(
            "The device is cuda, but torch is not installed; install the extra `gpu`, or use cpu."
        )
    from predictor.torch_engine import TorchEngine  # noqa: PLC0415 (torch is loaded only where it is asked for)

    return TorchEngine(model, columns, device)

"""The export of the fitted pipeline, the trained network and the calibration to plain arrays.

Shapes: M members, F inputs, I inputs and O outputs of a layer, C outputs.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from sklearn.impute import MissingIndicator
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from predictor.artefact.weights import Array, EncodedColumn, ExportedWeights
from predictor.schema.column import Column
from training.preprocessing.inputs import Inputs
from training.preprocessing.limits import Limiter
from training.preprocessing.pipeline import NUMBERS, Preprocessor, find_draws, find_encoder
from training.run import TrainingResult

# Encoding, fill, mean and scale of the encoded features of some columns.
Part = tuple[list[EncodedColumn], Array, Array, Array]


def export_weights(result: TrainingResult) -> ExportedWeights:
    """Give the parameters of pipeline, network and calibration as arrays."""
    network, calibration, draws = result.network, result.calibration, find_draws(result.preprocessor)
    encoding, fill_F, mean_F, scale_F = export_preprocessor(result.inputs, result.preprocessor)
    return ExportedWeights(
        encoding=encoding,
        shape=network.shape,
        fill_F=fill_F,
        mean_F=mean_F,
        scale_F=scale_F,
        weights_MIO=tuple(weight.detach().cpu().numpy() for weight in network.weights_MIO),
        biases_MO=tuple(bias.detach().cpu().numpy()[:, 0, :] for bias in network.biases_M1O),
        slope=np.array(calibration.slope),
        intercept_C=np.array(calibration.intercept) - calibration.slope * calibration.offset,
        drawn=() if draws is None else tuple(draws.drawn_),
        draws_LQ=() if draws is None else tuple(draws.draws_),
    )


def export_preprocessor(
    inputs: Inputs, preprocessor: Preprocessor
) -> tuple[tuple[EncodedColumn, ...], Array, Array, Array]:
    """Give the encoding of the fitted pipeline, and fill, mean and scale of each encoded feature (F,)."""
    by_name = {column.name: column for column in inputs.columns}
    parts = [
        EXPORTS[name.partition("_by_")[0]]([by_name[column] for column in columns], fitted)
        for name, fitted, columns in find_encoder(preprocessor).transformers_
        if name != "remainder" and columns
    ]
    encodings, fills, means, scales = zip(*parts, strict=True)
    encoding = tuple(encoded for part in encodings for encoded in part)
    return encoding, np.concatenate(fills), np.concatenate(means), np.concatenate(scales)


def _export_categories(columns: Sequence[Column], steps: Pipeline) -> Part:
    """Export one-hot encoding, in which None is the category of missing values."""
    encoding = [
        EncodedColumn(column=column.name, missing=True)
        if level is None
        else EncodedColumn(column=column.name, category=str(level))
        for column, levels in zip(columns, steps["encode"].categories_, strict=True)
        for level in levels
    ]
    return _unscaled(encoding, [float(encoded.missing) for encoded in encoding])


def _export_imputed_categories(columns: Sequence[Column], steps: Pipeline) -> Part:
    """Export one-hot encoding after imputation: a missing value has a 1 for the imputed category."""
    encoding, *_ = _export_categories(columns, steps)
    imputed = dict(zip((column.name for column in columns), steps["impute"].statistics_, strict=True))
    return _unscaled(encoding, [float(imputed[encoded.column] == encoded.category) for encoded in encoding])


def _export_missing_flags(columns: Sequence[Column], _indicator: MissingIndicator) -> Part:
    encoding = [EncodedColumn(column=column.name, missing=True) for column in columns]
    return _unscaled(encoding, [1.0] * len(encoding))


def _unscaled(encoding: list[EncodedColumn], fills: Sequence[float]) -> Part:
    return encoding, np.array(fills), np.zeros(len(encoding)), np.ones(len(encoding))


def _export_numbers(columns: Sequence[Column], steps: Pipeline) -> Part:
    """Export imputation and scaling of numbers or flags."""
    encoding = _limited(columns, steps.named_steps.get("limit"))
    fill, scaler = steps["impute"].statistics_, steps["scale"]
    if isinstance(scaler, StandardScaler):
        return encoding, fill, scaler.mean_, scaler.scale_
    if isinstance(scaler, MinMaxScaler):
        # It computes value * scale_ + min_, the exported form (value - mean) / scale.
        return encoding, fill, -scaler.min_ / scaler.scale_, 1 / scaler.scale_
    return _unscaled(encoding, fill)


def _limited(columns: Sequence[Column], limiter: Limiter | None) -> list[EncodedColumn]:
    """Give the encoding of numbers, with the limits that some have."""
    if limiter is None:
        return [EncodedColumn(column=column.name) for column in columns]
    limits = zip(columns, limiter.low_.tolist(), limiter.high_.tolist(), strict=True)
    return [
        EncodedColumn(
            column=column.name,
            low=low if math.isfinite(low) else None,
            high=high if math.isfinite(high) else None,
        )
        for column, low, high in limits
    ]


# How each part of the fitted pipeline is exported.
EXPORTS: dict[str, Callable[[Sequence[Column], Any], Part]] = {
    "categories": _export_categories,
    "imputed_categories": _export_imputed_categories,
    "flags": _export_numbers,
    "missing_flags": _export_missing_flags,
    NUMBERS: _export_numbers,
}

"""The export of the fitted pipeline, the trained network and the calibration to plain arrays.

Shapes: M members, F inputs, I inputs and O outputs of a layer, C outputs.
"""

from collections.abc import Sequence

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from predictor.artefact.weights import Array, EncodedColumn, ExportedWeights
from predictor.schema.column import Column
from training.data.inputs import Inputs
from training.run import TrainingResult


def export_weights(result: TrainingResult) -> ExportedWeights:
    """Give the parameters of pipeline, network and calibration as arrays."""
    network, calibration = result.network, result.calibration
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
    )


def export_preprocessor(
    inputs: Inputs, preprocessor: ColumnTransformer
) -> tuple[tuple[EncodedColumn, ...], Array, Array, Array]:
    """Give the encoding of the fitted pipeline, and fill, mean and scale of each encoded feature (F,)."""
    steps = preprocessor.named_transformers_
    parts = []
    if inputs.encoded_categories:
        parts.append(_export_categories(inputs.encoded_categories, steps["categories"]))
    if inputs.imputed_categories:
        parts.append(_export_categories(inputs.imputed_categories, steps["imputed_categories"]))
    if inputs.flags:
        parts.append(_export_numbers(inputs.flags, steps["flags"]))
    missing_flags = {name: columns for name, _, columns in preprocessor.transformers_}["missing_flags"]
    if missing_flags:
        parts.append(_export_missing_flags(missing_flags))
    if inputs.numbers:
        parts.append(_export_numbers(inputs.numbers, steps["numbers"]))
    encodings, fills, means, scales = zip(*parts, strict=True)
    encoding = tuple(encoded for part in encodings for encoded in part)
    return encoding, np.concatenate(fills), np.concatenate(means), np.concatenate(scales)


Part = tuple[list[EncodedColumn], Array, Array, Array]


def _export_categories(columns: Sequence[Column], steps: Pipeline) -> Part:
    """Export one-hot encoding: a missing value has 1 for the imputed or for the missing category."""
    imputed = steps["impute"].statistics_ if "impute" in steps.named_steps else [None] * len(columns)
    encoding, fills = [], []
    for column, levels, fill in zip(columns, steps["encode"].categories_, imputed, strict=True):
        for level in levels:
            encoding.append(
                EncodedColumn(column=column.name, missing=True)
                if level is None
                else EncodedColumn(column=column.name, category=str(level))
            )
            fills.append(float(level == fill))
    return encoding, np.array(fills), np.zeros(len(fills)), np.ones(len(fills))


def _export_missing_flags(names: Sequence[str]) -> Part:
    encoding = [EncodedColumn(column=name, missing=True) for name in names]
    return encoding, np.ones(len(names)), np.zeros(len(names)), np.ones(len(names))


def _export_numbers(columns: Sequence[Column], steps: Pipeline) -> Part:
    encoding = [EncodedColumn(column=column.name) for column in columns]
    fill, scaler = steps["impute"].statistics_, steps["scale"]
    if isinstance(scaler, StandardScaler):
        return encoding, fill, scaler.mean_, scaler.scale_
    if isinstance(scaler, MinMaxScaler):
        # It computes value * scale_ + min_, the exported form (value - mean) / scale.
        return encoding, fill, -scaler.min_ / scaler.scale_, 1 / scaler.scale_
    return encoding, fill, np.zeros(len(columns)), np.ones(len(columns))

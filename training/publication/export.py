"""The export of the fitted pipeline, the trained network and the calibration to plain arrays.

Shapes: M members, F inputs, I inputs and O outputs of a layer, C outputs.
"""

import numpy as np
from sklearn.compose import ColumnTransformer

from predictor.artefact.records import CalibrationRecord, FeatureRecord, TrainingStatistics
from predictor.artefact.weights import EncodedColumn, ExportedWeights
from predictor.schema.features import Column, Features
from training.learning.network import Network
from training.recipe import Recipe

SPARSE_SHARE = 0.01
PERCENTILES = (5, 25, 50, 75, 95)


def export_weights(
    recipe: Recipe,
    preprocessor: ColumnTransformer,
    network: Network,
    calibration: CalibrationRecord,
) -> ExportedWeights:
    """Give the parameters of pipeline, network and calibration as arrays."""
    encoding, fill, mean, scale = _export_preprocessor(recipe, preprocessor)
    return ExportedWeights(
        encoding=tuple(encoding),
        shape=network.shape,
        fill_F=np.array(fill),
        mean_F=np.array(mean),
        scale_F=np.array(scale),
        weights_MIO=tuple(weight.detach().cpu().numpy() for weight in network.weights_MIO),
        biases_MO=tuple(bias.detach().cpu().numpy()[:, 0, :] for bias in network.biases_M1O),
        slope=np.array(calibration.slope),
        intercept_C=np.array(calibration.intercept) - calibration.slope * calibration.offset,
    )


def _export_preprocessor(
    recipe: Recipe, preprocessor: ColumnTransformer
) -> tuple[list[EncodedColumn], list[float], list[float], list[float]]:
    categories = preprocessor.named_transformers_["categories"].categories_ if recipe.categories else []
    encoding = [
        EncodedColumn(column=name, category=str(category))
        for name, levels in zip(recipe.categories, categories, strict=True)
        for category in levels
    ]
    encoding += [EncodedColumn(column=name) for name in recipe.flags + recipe.numbers]
    first_number = len(encoding) - len(recipe.numbers)
    numbers = preprocessor.named_transformers_["numbers"]
    fill = [0.0] * first_number + numbers.named_steps["impute"].statistics_.tolist()
    mean, scale = [0.0] * len(encoding), [1.0] * len(encoding)
    if recipe.centre_flags:
        # MinMaxScaler computes value * scale_ + min_, the exported form (value - mean) / scale.
        flags, first_flag = preprocessor.named_transformers_["flags"], first_number - len(recipe.flags)
        mean[first_flag:first_number] = (-flags.min_ / flags.scale_).tolist()
        scale[first_flag:first_number] = (1 / flags.scale_).tolist()
    if recipe.standardise:
        mean[first_number:] = numbers.named_steps["scale"].mean_.tolist()
        scale[first_number:] = numbers.named_steps["scale"].scale_.tolist()
    return encoding, fill, mean, scale


def describe_features(
    recipe: Recipe, rows: list[Features], weights: ExportedWeights
) -> tuple[FeatureRecord, ...]:
    """Give each column's statistics on the training rows, and whether the network uses it."""
    fills = {
        encoded.column: float(fill) for encoded, fill in zip(weights.encoding, weights.fill_F, strict=True)
    }
    return tuple(
        FeatureRecord(
            column=column,
            used=column.name in recipe.columns,
            training=_statistics(column, [row.__dict__[column.name] for row in rows], fills.get(column.name)),
        )
        for column in type(rows[0]).columns()
    )


def _statistics(
    column: Column, values: list[float | int | str | None], fill: float | None
) -> TrainingStatistics:
    if column.kind == "number":
        numbers = np.sort([float(value) for value in values if value is not None])
        tail = int(len(numbers) * SPARSE_SHARE)
        return TrainingStatistics(
            minimum=numbers[0],
            maximum=numbers[-1],
            sparse_below=numbers[tail],
            sparse_above=numbers[-1 - tail],
            percentiles=tuple(np.percentile(numbers, PERCENTILES).tolist()),
            fill=fill,
        )
    levels = column.categories or ("0", "1")
    counts = {level: sum(str(value) == level for value in values) for level in levels}
    return TrainingStatistics(
        levels=tuple(level for level in levels if counts[level]),
        sparse_levels=tuple(level for level in levels if 0 < counts[level] < SPARSE_SHARE * len(values)),
    )

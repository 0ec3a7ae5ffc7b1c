"""The export of the fitted pipeline, the trained network and the calibration to plain arrays.

Shapes: M members, F inputs, I inputs and O outputs of a layer, C outputs.
"""

import numpy as np
from sklearn.compose import ColumnTransformer

from predictor.artefact.records import CalibrationRecord
from predictor.artefact.weights import EncodedColumn, ExportedWeights
from training.learning.network import Network
from training.recipe import Recipe


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

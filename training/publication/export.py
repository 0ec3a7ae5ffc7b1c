"""The export of the fitted pipeline, the trained network and the calibration to plain arrays.

Shapes: M members, F inputs, I inputs and O outputs of a layer, C outputs.
"""

import numpy as np
from sklearn.compose import ColumnTransformer

from predictor.artefact.weights import Array, EncodedColumn, ExportedWeights
from training.recipe import Recipe
from training.run import TrainingResult


def export_weights(result: TrainingResult) -> ExportedWeights:
    """Give the parameters of pipeline, network and calibration as arrays."""
    network, calibration = result.network, result.calibration
    encoding = _export_encoding(result.recipe, result.preprocessor)
    fill_F, mean_F, scale_F = _export_scaling(result.recipe, result.preprocessor, len(encoding))
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


def _export_encoding(recipe: Recipe, preprocessor: ColumnTransformer) -> tuple[EncodedColumn, ...]:
    categories = preprocessor.named_transformers_["categories"].categories_ if recipe.categories else []
    encoding = [
        EncodedColumn(column=name, category=str(category))
        for name, levels in zip(recipe.categories, categories, strict=True)
        for category in levels
    ]
    return (*encoding, *(EncodedColumn(column=name) for name in recipe.flags + recipe.numbers))


def _export_scaling(
    recipe: Recipe, preprocessor: ColumnTransformer, inputs: int
) -> tuple[Array, Array, Array]:
    fill_F, mean_F, scale_F = np.zeros(inputs), np.zeros(inputs), np.ones(inputs)
    first_number = inputs - len(recipe.numbers)
    steps = preprocessor.named_transformers_["numbers"].named_steps
    fill_F[first_number:] = steps["impute"].statistics_
    if recipe.centre_flags:
        # MinMaxScaler computes value * scale_ + min_, the exported form (value - mean) / scale.
        flags, first_flag = preprocessor.named_transformers_["flags"], first_number - len(recipe.flags)
        mean_F[first_flag:first_number] = -flags.min_ / flags.scale_
        scale_F[first_flag:first_number] = 1 / flags.scale_
    if recipe.standardise:
        mean_F[first_number:] = steps["scale"].mean_
        scale_F[first_number:] = steps["scale"].scale_
    return fill_F, mean_F, scale_F

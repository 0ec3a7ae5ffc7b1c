"""The network in numpy: the engine of every host without a GPU.

At load time, the weights are changed so that a prediction needs fewer steps: one-hot encoding becomes a
look-up of rows of the first layer, its weights contain the scaling and those of the last layer the
calibration, and each bias becomes the weight of an additional input that is always 1.

Shapes: B rows, K used columns, M members, H hidden units, J = M * H, L categories, C outputs.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from predictor.artefact.weights import NO_LIMITS, Array, EncodedColumn, ExportedWeights
from predictor.engines.encoding import select_columns
from predictor.schema.column import Column
from predictor.schema.features import Features

# Limits the memory for a long batch; smaller blocks are never faster.
BLOCK_ROWS = 1_024


class NumpyEngine:
    """Runs the network in float64, so that rounding errors stay far below the digits of a probability."""

    device = "cpu"
    few_rows = 4
    tolerance = 1e-6

    def __init__(self, model: ExportedWeights, columns: Sequence[Column]) -> None:
        self.columns = select_columns(columns, model.encoding)
        self._attributes = [column.attribute for column in self.columns]
        self._members = model.shape.members
        self._negative_slope = model.shape.negative_slope
        weights: list[Array] = [weight.astype(np.float64) for weight in model.weights_MIO]
        biases: list[Array] = [bias.astype(np.float64) for bias in model.biases_MO]
        weights[-1] = weights[-1] * model.slope
        biases[-1] = biases[-1] * model.slope + model.intercept_C
        weights[0] = weights[0] / model.scale_F[:, None]
        biases[0] = biases[0] - model.mean_F @ weights[0]
        *inner, last = zip(weights, biases, strict=True)
        first, *rest = [*(_add_unit(_add_bias(*layer)) for layer in inner), _add_bias(*last)]
        self._rest = rest
        self._rest_of_row = [weight_MIO.swapaxes(1, 2).copy() for weight_MIO in rest]
        self._fold_first_layer(model, first)

    def _fold_first_layer(self, model: ExportedWeights, weight_MFH: Array) -> None:
        # With the members side by side, one matrix product serves all of them.
        weight_FJ = weight_MFH.swapaxes(0, 1).reshape(weight_MFH.shape[1], -1)
        self._first_width = weight_MFH.shape[2]
        self._fill_K = np.ones(len(self.columns) + 1)
        self._weight_KJ = np.zeros((len(self._fill_K), weight_FJ.shape[1]))
        self._weight_KJ[-1] = weight_FJ[-1]
        self._codes = _codes_by_column(self.columns, model)
        self._tables_LJ: dict[int, Array] = {
            k: np.zeros((len(codes), weight_FJ.shape[1])) for k, codes in self._codes.items()
        }
        indices = {column.name: k for k, column in enumerate(self.columns)}
        for f, encoded in enumerate(model.encoding):
            k = indices[encoded.column]
            if k not in self._codes:
                self._fill_K[k], self._weight_KJ[k] = model.fill_F[f], weight_FJ[f]
                continue
            for value, code in self._codes[k].items():
                self._tables_LJ[k][code] += _encode(value, encoded, model.fill_F[f]) * weight_FJ[f]
        for k, codes in self._codes.items():
            self._fill_K[k] = codes[None]
        self._fills = self._fill_K.tolist()
        self._limits = {
            indices[encoded.column]: encoded.limits
            for encoded in model.encoding
            if encoded.limits != NO_LIMITS
        }

    def calibrated_logits(self, raw_BK: Array) -> Array:
        """Give each member's calibrated logits (M, B, C) for the `raw_matrix` of `columns`."""
        blocks = [
            self._calibrated_logits_of_block(raw_BK[first : first + BLOCK_ROWS])
            for first in range(0, max(1, len(raw_BK)), BLOCK_ROWS)
        ]
        return blocks[0] if len(blocks) == 1 else np.concatenate(blocks, axis=1)

    def calibrated_logits_of_row(self, row: Features) -> Array:
        """Give each member's calibrated logits for one row (M, C), several times faster."""
        # Reading a pydantic model's __dict__ is faster than reading its attributes.
        raw_K: list[Any] = [*map(row.__dict__.__getitem__, self._attributes), 1.0]
        for k, codes in self._codes.items():
            raw_K[k] = codes[raw_K[k]]
        if None in raw_K:
            raw_K = [fill if value is None else value for value, fill in zip(raw_K, self._fills, strict=True)]
        for k, (low, high) in self._limits.items():
            raw_K[k] = min(max(raw_K[k], low), high)
        # ndarray.dot and matvec compute the same as @, and take two thirds of its time for one row.
        first_J = np.array(raw_K, dtype=np.float64).dot(self._weight_KJ)
        for k, table_LJ in self._tables_LJ.items():
            first_J += table_LJ[raw_K[k]]
        h_MH: Array = first_J.reshape(self._members, self._first_width)
        for weight_MOI in self._rest_of_row:
            self._activate(h_MH)
            h_MH = np.matvec(weight_MOI, h_MH)
        return h_MH

    def _calibrated_logits_of_block(self, raw_BK: Array) -> Array:
        # The weight of a category's code is zero here; the tables below add the category's weights.
        ones_B1 = np.ones((len(raw_BK), 1))
        raw_BK = np.concatenate([raw_BK, ones_B1], axis=1)
        filled_BK = np.where(np.isnan(raw_BK), self._fill_K, raw_BK)
        for k, limits in self._limits.items():
            filled_BK[:, k].clip(*limits, out=filled_BK[:, k])
        first_BJ = filled_BK @ self._weight_KJ
        for k, table_LJ in self._tables_LJ.items():
            first_BJ += table_LJ[filled_BK[:, k].astype(np.intp)]
        h_MBH: Array = first_BJ.reshape(len(raw_BK), self._members, self._first_width).swapaxes(0, 1)
        for weight_MIO in self._rest:
            # Here h_MBH is a view of first_BJ, and the contiguous array is processed faster.
            self._activate(first_BJ if weight_MIO is self._rest[0] else h_MBH)
            h_MBH = h_MBH @ weight_MIO
        return h_MBH

    def _activate(self, h: Array) -> None:
        # max(h, slope * h) is the (leaky) ReLU for every slope from 0 to 1. It runs in place, because
        # allocating memory takes longer than the computation.
        np.maximum(h, self._negative_slope * h if self._negative_slope else 0.0, out=h)


def _codes_by_column(columns: Sequence[Column], model: ExportedWeights) -> dict[int, dict[Any, int]]:
    """Give the code of each value of a column whose weights are looked up; None stands for a missing value.

    These are the categories, and flags whose missing values are a category of their own.
    """
    own_category = {encoded.column for encoded in model.encoding if encoded.missing}
    return {
        k: {value: code for code, value in enumerate([*(column.categories or (0, 1)), None])}
        for k, column in enumerate(columns)
        if column.categories or column.name in own_category
    }


def _encode(value: Any, encoded: EncodedColumn, fill: float) -> float:
    """Give the encoded feature, before scaling, of a category or flag."""
    if value is None:
        return fill
    if encoded.missing:
        return 0.0
    return float(value if encoded.category is None else value == encoded.category)


def _add_bias(weight_MIO: Array, bias_MO: Array) -> Array:
    """Append the bias as the weight of an additional input that is always 1."""
    return np.concatenate([weight_MIO, bias_MO[:, None, :]], axis=1)


def _add_unit(weight_MIO: Array) -> Array:
    """Append a unit that is always 1: its weight is 1 for the constant input, and 0 for the others."""
    unit_MI1 = np.zeros((*weight_MIO.shape[:2], 1))
    unit_MI1[:, -1] = 1.0
    return np.concatenate([weight_MIO, unit_MI1], axis=2)

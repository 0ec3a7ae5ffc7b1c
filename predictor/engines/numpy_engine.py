"""The network in numpy: the engine of every host without a GPU.

All that can be done once is done at load time: one-hot encoding becomes a look-up of rows of the
first layer, scaling goes into its weights, calibration into the last layer's, and each bias is the
weight of one more input that is always 1.

Shapes: B rows, K columns read, M members, H hidden units, J = M * H, L categories, C outputs.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from predictor.artefact.weights import Array, ExportedWeights
from predictor.engines.encoding import columns_read
from predictor.schema.features import Column, Features

# Bounds the memory that a long batch needs; up to here, fewer rows at a time are never faster.
BLOCK_ROWS = 1_024


class NumpyEngine:
    """Runs the network in float64, so that it adds no rounding of its own to the trained weights."""

    device = "cpu"
    few_rows = 4
    tolerance = 1e-6

    def __init__(self, model: ExportedWeights, columns: Sequence[Column]) -> None:
        self.columns = columns_read(columns, model.encoding)
        self._names = [column.name for column in self.columns]
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
        # All members side by side: one product instead of one a member.
        weight_FJ = weight_MFH.swapaxes(0, 1).reshape(weight_MFH.shape[1], -1)
        self._first_width = weight_MFH.shape[2]
        self._fill_K = np.ones(len(self.columns) + 1)
        self._weight_KJ = np.zeros((len(self._fill_K), weight_FJ.shape[1]))
        self._weight_KJ[-1] = weight_FJ[-1]
        self._tables_LJ: dict[int, Array] = {
            k: np.zeros((len(column.categories), weight_FJ.shape[1]))
            for k, column in enumerate(self.columns)
            if column.categories
        }
        for f, encoded in enumerate(model.encoding):
            k = self._names.index(encoded.column)
            if encoded.category is None:
                self._fill_K[k], self._weight_KJ[k] = model.fill_F[f], weight_FJ[f]
            else:
                self._tables_LJ[k][self.columns[k].categories.index(encoded.category)] = weight_FJ[f]
        self._fills = self._fill_K.tolist()
        self._codes = {
            k: {category: code for code, category in enumerate(self.columns[k].categories)}
            for k in self._tables_LJ
        }

    def calibrated_logits(self, raw_BK: Array) -> Array:
        """Give every member's calibrated logits (M, B, C) for rows as `raw_matrix` writes `columns`."""
        blocks = [
            self._calibrated_logits_of_block(raw_BK[first : first + BLOCK_ROWS])
            for first in range(0, max(1, len(raw_BK)), BLOCK_ROWS)
        ]
        return blocks[0] if len(blocks) == 1 else np.concatenate(blocks, axis=1)

    def calibrated_logits_of_row(self, row: Features) -> Array:
        """Give the same for one row (M, C), at a fraction of the time."""
        # A model's own dictionary is quicker to read than its attributes.
        raw_K: list[Any] = [*map(row.__dict__.__getitem__, self._names), 1.0]
        if None in raw_K:
            raw_K = [fill if value is None else value for value, fill in zip(raw_K, self._fills, strict=True)]
        for k, codes in self._codes.items():
            raw_K[k] = codes[raw_K[k]]
        # ndarray.dot and matvec do what @ does for one row, at two thirds of the time.
        first_J = np.array(raw_K, dtype=np.float64).dot(self._weight_KJ)
        for k, table_LJ in self._tables_LJ.items():
            first_J += table_LJ[raw_K[k]]
        h_MH: Array = first_J.reshape(self._members, self._first_width)
        for weight_MOI in self._rest_of_row:
            self._activate(h_MH)
            h_MH = np.matvec(weight_MOI, h_MH)
        return h_MH

    def _calibrated_logits_of_block(self, raw_BK: Array) -> Array:
        # A category's code meets a weight of zero here, and its own row of the table below.
        ones_B1 = np.ones((len(raw_BK), 1))
        raw_BK = np.concatenate([raw_BK, ones_B1], axis=1)
        first_BJ = np.where(np.isnan(raw_BK), self._fill_K, raw_BK) @ self._weight_KJ
        for k, table_LJ in self._tables_LJ.items():
            first_BJ += table_LJ[raw_BK[:, k].astype(np.intp)]
        h_MBH: Array = first_BJ.reshape(len(raw_BK), self._members, self._first_width).swapaxes(0, 1)
        for weight_MIO in self._rest:
            # Of the first layer as it lies in memory, all members side by side.
            self._activate(first_BJ if weight_MIO is self._rest[0] else h_MBH)
            h_MBH = h_MBH @ weight_MIO
        return h_MBH

    def _activate(self, h: Array) -> None:
        # max(h, slope * h) is the (leaky) ReLU for every slope from 0 to 1; in place, for fresh memory
        # costs more than the arithmetic.
        np.maximum(h, self._negative_slope * h if self._negative_slope else 0.0, out=h)


def _add_bias(weight_MIO: Array, bias_MO: Array) -> Array:
    """Make the bias the weight of one more input, which is always 1."""
    return np.concatenate([weight_MIO, bias_MO[:, None, :]], axis=1)


def _add_unit(weight_MIO: Array) -> Array:
    """Add the unit that is always 1: it has a weight of 1 from the one below, and none from the others."""
    unit_MI1 = np.zeros((*weight_MIO.shape[:2], 1))
    unit_MI1[:, -1] = 1.0
    return np.concatenate([weight_MIO, unit_MI1], axis=2)

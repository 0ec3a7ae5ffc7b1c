"""The network in numpy: the engine of every host without a GPU.

All that can be done once is done at load time: one-hot encoding becomes a look-up of rows of the
first layer, scaling goes into its weights, and calibration into the last layer's.

Shapes: B rows, K raw columns, N numbers, M members, H hidden units, C outputs.
"""

from collections.abc import Sequence

import numpy as np

from predictor.features import Column, Value
from predictor.lowered import Array, LoweredModel

# What one block needs fits the cache, and comes from memory that numpy keeps at hand.
BLOCK_ROWS = 64


class NumpyEngine:
    """Runs the network in float64, so that it adds no rounding of its own to the trained weights."""

    device = "cpu"
    tolerance = 1e-6

    def __init__(self, model: LoweredModel, columns: Sequence[Column]) -> None:
        self._members = model.shape.members
        self._negative_slope = model.shape.negative_slope
        weights: list[Array] = [weight.astype(np.float64) for weight in model.weights_MIO]
        biases: list[Array] = [bias.astype(np.float64) for bias in model.biases_MO]
        weights[-1] = weights[-1] * model.slope
        biases[-1] = biases[-1] * model.slope + model.intercept_C
        weights[0] = weights[0] / model.scale_F[:, None]
        biases[0] = biases[0] - model.mean_F @ weights[0]
        self._rest = [(w, b[:, None, :]) for w, b in zip(weights[1:], biases[1:], strict=True)]
        self._rest_of_row = [(w.swapaxes(1, 2).copy(), b[:, 0, :]) for w, b in self._rest]
        self._fold_first_layer(model, columns, weights[0], biases[0])

    def _fold_first_layer(
        self, model: LoweredModel, columns: Sequence[Column], weight_MFH: Array, bias_MH: Array
    ) -> None:
        places = {column.name: place for place, column in enumerate(columns)}
        numbers = [f for f, encoded in enumerate(model.encoding) if encoded.category is None]
        self._number_places = [places[model.encoding[f].column] for f in numbers]
        self._fill_N = model.fill_F[numbers]
        self._fills = self._fill_N.tolist()
        self._weight_MNH = weight_MFH[:, numbers]
        self._bias_M1H = bias_MH[:, None, :]
        # All members side by side: one product for a row instead of one a member.
        self._weight_NJ = self._weight_MNH.swapaxes(0, 1).reshape(len(numbers), -1).copy()
        self._bias_J = bias_MH.reshape(-1)
        self._tables_MLH = {
            places[name]: _look_up_table(name, columns[places[name]], model, weight_MFH)
            for name in dict.fromkeys(e.column for e in model.encoding if e.category is not None)
        }
        self._codes = {
            place: {category: code for code, category in enumerate(columns[place].categories)}
            for place in self._tables_MLH
        }

    def calibrated_logits(self, raw_BK: Array) -> Array:
        """Give every member's calibrated logits (M, B, C) for rows as `raw_matrix` writes them."""
        blocks = [
            self._calibrated_logits_of_block(raw_BK[first : first + BLOCK_ROWS])
            for first in range(0, max(1, len(raw_BK)), BLOCK_ROWS)
        ]
        return blocks[0] if len(blocks) == 1 else np.concatenate(blocks, axis=1)

    def _calibrated_logits_of_block(self, raw_BK: Array) -> Array:
        raw_BN = raw_BK[:, self._number_places]
        first_MBH = np.where(np.isnan(raw_BN), self._fill_N, raw_BN) @ self._weight_MNH + self._bias_M1H
        for place, table_MLH in self._tables_MLH.items():
            first_MBH += table_MLH[:, raw_BK[:, place].astype(np.intp)]
        return self._finish(first_MBH)

    def calibrated_logits_of_row(self, values: Sequence[Value]) -> Array:
        """Give the same for one row's values in column order (M, C), at a fraction of the time."""
        numbers = [
            fill if values[place] is None else values[place]
            for place, fill in zip(self._number_places, self._fills, strict=True)
        ]
        # ndarray.dot and matvec do what @ does for one row, at two thirds of the time.
        first_J = np.array(numbers, dtype=np.float64).dot(self._weight_NJ)
        first_J += self._bias_J
        h_MH: Array = first_J.reshape(self._members, -1)
        for place, table_MLH in self._tables_MLH.items():
            h_MH += table_MLH[:, self._codes[place][values[place]]]  # type: ignore[index]
        for weight_MOI, bias_MO in self._rest_of_row:
            h_MH = np.matvec(weight_MOI, self._activate(h_MH))
            h_MH += bias_MO
        return h_MH

    def _finish(self, h_MBH: Array) -> Array:
        for weight_MIO, bias_M1O in self._rest:
            h_MBH = self._activate(h_MBH) @ weight_MIO
            h_MBH += bias_M1O
        return h_MBH

    def _activate(self, h: Array) -> Array:
        # max(h, slope * h) is the (leaky) ReLU for every slope from 0 to 1.
        floor = self._negative_slope * h if self._negative_slope else 0.0
        activated: Array = np.maximum(h, floor)
        return activated


def _look_up_table(name: str, column: Column, model: LoweredModel, weight_MFH: Array) -> Array:
    """Give what each category of a column adds to the first layer (M, L, H); one unknown to it: nothing."""
    table_MLH = np.zeros((len(weight_MFH), len(column.categories), weight_MFH.shape[2]))
    for f, encoded in enumerate(model.encoding):
        if encoded.column == name and encoded.category is not None:
            table_MLH[:, column.categories.index(encoded.category)] = weight_MFH[:, f]
    return table_MLH

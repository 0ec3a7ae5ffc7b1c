"""The network in numpy: the engine of every host without a GPU.

Shapes: B rows, F encoded features, M members, H hidden units, C outputs.
"""

import numpy as np

from predictor.lowered import Array, LoweredModel


class NumpyEngine:
    """Runs the network in float64, so that it adds no rounding of its own to the trained weights.

    Every row is multiplied by itself: BLAS sums in another order for other numbers of rows, and a
    row's answer must be the same, to the last bit, whatever else is in the batch.
    """

    device = "cpu"
    tolerance = 1e-6

    def __init__(self, model: LoweredModel) -> None:
        self._weights_MIO = [weight.astype(np.float64) for weight in model.weights_MIO]
        self._biases_M1O = [bias.astype(np.float64)[:, None, :] for bias in model.biases_MO]
        self._negative_slope = model.shape.negative_slope

    def logits(self, x_BF: Array) -> Array:
        """Give every member's logits (M, B, C)."""
        h_BM1H: Array = x_BF[:, None, None, :] @ self._weights_MIO[0] + self._biases_M1O[0]
        for weight_MIO, bias_M1O in zip(self._weights_MIO[1:], self._biases_M1O[1:], strict=True):
            # max(h, slope * h) is the (leaky) ReLU for every slope from 0 to 1.
            h_BM1H = np.maximum(h_BM1H, self._negative_slope * h_BM1H)
            h_BM1H = h_BM1H @ weight_MIO + bias_M1O
        return h_BM1H[:, :, 0, :].swapaxes(0, 1)

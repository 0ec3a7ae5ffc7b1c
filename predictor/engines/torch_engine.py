"""The network in torch, for hosts with a GPU: the same arrays and the same probabilities.

Shapes: B rows, K used columns, M members, H hidden units, C outputs.
"""

from collections.abc import Sequence

import torch

from predictor.artefact.weights import Array, ExportedWeights
from predictor.engines.encoding import Encoder, raw_matrix, select_columns
from predictor.schema.column import Column
from predictor.schema.errors import DeviceUnavailable
from predictor.schema.features import Features


class TorchEngine:
    """Runs the network in float64 on a torch device.

    In float64, the rounded probabilities of a row do not depend on the other rows of the batch.
    """

    few_rows = 1
    tolerance = 1e-6

    def __init__(self, model: ExportedWeights, columns: Sequence[Column], device: str) -> None:
        if device == "cuda" and not torch.cuda.is_available():
            raise DeviceUnavailable("The device is cuda, but torch finds no GPU here; use cpu, or auto.")
        self.device = device
        self._weights_MIO = [self._tensor(weight) for weight in model.weights_MIO]
        self._biases_M1O = [self._tensor(bias)[:, None, :] for bias in model.biases_MO]
        self._negative_slope = model.shape.negative_slope
        self._model = model
        self.columns = select_columns(columns, model.encoding)
        self._encoder = Encoder(self.columns, model)

    def _tensor(self, array: Array) -> torch.Tensor:
        return torch.as_tensor(array, dtype=torch.float64, device=self.device)

    @torch.inference_mode()
    def calibrated_logits(self, raw_BK: Array) -> Array:
        """Give each member's calibrated logits (M, B, C) for the `raw_matrix` of `columns`."""
        h_MBH = self._tensor(self._encoder.encode(raw_BK)) @ self._weights_MIO[0] + self._biases_M1O[0]
        for weight_MIO, bias_M1O in zip(self._weights_MIO[1:], self._biases_M1O[1:], strict=True):
            h_MBH = torch.maximum(h_MBH, self._negative_slope * h_MBH)
            h_MBH = h_MBH @ weight_MIO + bias_M1O
        logits_MBC: Array = h_MBH.cpu().numpy()
        return logits_MBC * self._model.slope + self._model.intercept_C

    def calibrated_logits_of_row(self, row: Features) -> Array:
        """Give each member's calibrated logits for one row (M, C)."""
        return self.calibrated_logits(raw_matrix([row], self.columns))[:, 0]

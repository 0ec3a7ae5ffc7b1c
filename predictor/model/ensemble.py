"""The combined prediction of the ensemble's members: probability, interval and prediction set.

Shapes: B rows, M members, N = 1 + M, C outputs, K classes.
"""

from math import isfinite

import numpy as np

from predictor.artefact.weights import Array
from predictor.engines import single_row
from predictor.engines.activations import probabilities_from_logits, round_probabilities
from predictor.model.prediction_sets import PredictionSets, member_interval, quantile_indices
from predictor.schema.errors import PredictionNotFinite

# For each row and output in turn, the probability and both ends of the interval; and for each row and class
# whether it belongs to the prediction set. Flat lists are much faster to build and read than nested ones.
FlatPredictions = tuple[list[float], list[bool]]

# The probability and both ends of the interval.
VALUES_PER_OUTPUT = 3


class Ensemble:
    """Turns logits into predictions; `shift` is added to the logits to correct for another prevalence."""

    def __init__(self, members: int, sets: PredictionSets, shift: float) -> None:
        self._sets = sets
        self._shift = shift
        near, far, weight = quantile_indices(members)
        self._quantiles = list(zip(near.tolist(), far.tolist(), weight.ravel().tolist(), strict=True))

    def probabilities(self, logits_MBC: Array) -> Array:
        """Give the probabilities of the members' mean logits (B, C), not rounded."""
        return probabilities_from_logits(logits_MBC.mean(axis=0) + self._shift)

    def predict(self, logits_MBC: Array, error_rate: float) -> FlatPredictions:
        """Predict many rows; PredictionNotFinite if a logit is NaN or infinite."""
        mean_BC = np.add.reduce(logits_MBC) / len(logits_MBC)
        _check_finite(bool(np.isfinite(mean_BC).all()))
        # The first entry is the ensemble's prediction, the others are those of the members.
        logits_NBC = np.concatenate([mean_BC[None], logits_MBC]) + self._shift
        probabilities_NBC = probabilities_from_logits(logits_NBC)
        numbers_3BC = round_probabilities(
            np.concatenate([probabilities_NBC[:1], member_interval(probabilities_NBC[1:])])
        )
        # The sets are conditional on the class, so they do not depend on the prevalence.
        unshifted_BC = (
            round_probabilities(probabilities_from_logits(mean_BC)) if self._shift else numbers_3BC[0]
        )
        is_member_BK = self._sets.select_classes(unshifted_BC, error_rate)
        return numbers_3BC.transpose(1, 2, 0).ravel().tolist(), is_member_BK.ravel().tolist()

    def predict_row(self, logits_MC: Array, error_rate: float) -> FlatPredictions:
        """Predict one row in the same way, several times faster."""
        if logits_MC.shape[1] == 1:
            logits_M = logits_MC[:, 0].tolist()
            _check_finite(isfinite(sum(logits_M)))
            numbers = single_row.predict_binary(logits_M, self._shift, self._quantiles)
            unshifted = single_row.predict_binary(logits_M, 0.0, ()) if self._shift else numbers[:1]
        else:
            _check_finite(isfinite(logits_MC.sum()))
            numbers = single_row.predict_multiclass(logits_MC.tolist(), self._quantiles)
            unshifted = numbers[::VALUES_PER_OUTPUT]
        return numbers, single_row.select_classes(unshifted, self._sets.cutoffs(error_rate))


def _check_finite(is_finite: bool) -> None:
    if not is_finite:
        raise PredictionNotFinite("it gave a probability that is not a number.")

"""What the members say together: probability, spread and prediction set.

Shapes: B rows, M members, N = 1 + M, C outputs, K classes.
"""

from math import isfinite

import numpy as np

from predictor.artefact.weights import Array
from predictor.engines import single_row
from predictor.engines.activations import probabilities_from_logits, rounded
from predictor.model.prediction_sets import PredictionSets, places_of, spread
from predictor.schema.errors import AnswerNotFinite

# Of each output in turn its probability and the two ends of its spread; and whether each class belongs
# to the set. Those of several rows follow each other: flat lists, which are made and read much sooner
# than lists in lists.
Answer = tuple[list[float], list[bool]]

# How many numbers there are of each output.
NUMBERS = 3


class Ensemble:
    """Turns logits into answers; `shift` is what a deployment's own prevalence adds to a logit."""

    def __init__(self, members: int, sets: PredictionSets, shift: float) -> None:
        self._sets = sets
        self._shift = shift
        near, far, weight = places_of(members)
        self._places = list(zip(near.tolist(), far.tolist(), weight.ravel().tolist(), strict=True))

    def probabilities(self, logits_MBC: Array) -> Array:
        """Give the probabilities of the members' mean logits (B, C), not rounded."""
        return probabilities_from_logits(logits_MBC.mean(axis=0) + self._shift)

    def answer(self, logits_MBC: Array, error_rate: float) -> Answer:
        """Answer many rows; AnswerNotFinite rather than NaN or infinity."""
        mean_BC = np.add.reduce(logits_MBC) / len(logits_MBC)
        _refuse_unless(bool(np.isfinite(mean_BC).all()))
        # The ensemble's answer first, then each member's.
        logits_NBC = np.concatenate([mean_BC[None], logits_MBC]) + self._shift
        probabilities_NBC = probabilities_from_logits(logits_NBC)
        numbers_3BC = rounded(np.concatenate([probabilities_NBC[:1], spread(probabilities_NBC[1:])]))
        # Conditional on the class, so prevalence plays no part.
        trained_BC = rounded(probabilities_from_logits(mean_BC)) if self._shift else numbers_3BC[0]
        sets_BK = self._sets(trained_BC, error_rate)
        return numbers_3BC.transpose(1, 2, 0).ravel().tolist(), sets_BK.ravel().tolist()

    def answer_row(self, logits_MC: Array, error_rate: float) -> Answer:
        """Answer one row in the same way, at a fraction of the time."""
        if logits_MC.shape[1] == 1:
            logits_M = logits_MC[:, 0].tolist()
            _refuse_unless(isfinite(sum(logits_M)))
            numbers = single_row.answer_binary(logits_M, self._shift, self._places)
            trained = single_row.answer_binary(logits_M, 0.0, ()) if self._shift else numbers[:1]
        else:
            _refuse_unless(isfinite(logits_MC.sum()))
            numbers = single_row.answer_multiclass(logits_MC.tolist(), self._places)
            trained = numbers[::NUMBERS]
        return numbers, single_row.prediction_set(trained, self._sets.cutoffs(error_rate))


def _refuse_unless(is_finite: bool) -> None:
    if not is_finite:
        raise AnswerNotFinite("It gave a probability that is not a number.")

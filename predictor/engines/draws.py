"""Missing values that are drawn: the mean answer over the values that like rows had in training.

Shapes: M members, B rows, P rows after each with a drawn value stands Q times, R drawn rows, Q draws,
K used columns, L cells, C outputs.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from predictor.artefact.weights import DRAWS, Array, DrawnColumn, ExportedWeights
from predictor.engines.encoding import raw_matrix
from predictor.engines.engine import Engine
from predictor.schema.features import Features

Counts = NDArray[np.int64]


class DrawsEngine:
    """Asks another engine for each draw of a row, and gives the logit of the mean probability."""

    def __init__(self, engine: Engine, model: ExportedWeights) -> None:
        self.device, self.few_rows, self.tolerance = engine.device, engine.few_rows, engine.tolerance
        self.columns = engine.columns
        self._engine = engine
        indices = {column.name: index for index, column in enumerate(self.columns)}
        self._drawn = [
            (indices[drawn.column], drawn, draws_LQ)
            for drawn, draws_LQ in zip(model.drawn, model.draws_LQ, strict=True)
        ]
        self._indices = indices
        self._attributes = [self.columns[index].attribute for index, _, _ in self._drawn]

    def calibrated_logits(self, raw_BK: Array) -> Array:
        """Give each member's calibrated logits (M, B, C) for the `raw_matrix` of `columns`."""
        is_drawn_B = np.isnan(raw_BK[:, [index for index, _, _ in self._drawn]]).any(axis=1)
        if not is_drawn_B.any():
            return self._engine.calibrated_logits(raw_BK)
        counts_B = np.where(is_drawn_B, DRAWS, 1)
        raw_PK = np.repeat(raw_BK, counts_B, axis=0)
        raw_PK[np.repeat(is_drawn_B, counts_B)] = self._fill(raw_BK[is_drawn_B])
        return mean_over_draws(self._engine.calibrated_logits(raw_PK), counts_B)

    def calibrated_logits_of_row(self, row: Features) -> Array:
        """Give each member's calibrated logits for one row (M, C)."""
        values = row.__dict__
        if all(values[attribute] is not None for attribute in self._attributes):
            return self._engine.calibrated_logits_of_row(row)
        return self.calibrated_logits(raw_matrix([row], self.columns))[:, 0]

    def fill_once(self, raw_BK: Array) -> Array:
        """Give the rows with each missing value replaced by one draw, near the median of its cell."""
        filled_BK = raw_BK.copy()
        for index, drawn, draws_LQ in self._drawn:
            is_missing_B = np.isnan(raw_BK[:, index])
            cells = self._cells(drawn, raw_BK[is_missing_B])
            filled_BK[is_missing_B, index] = np.sort(draws_LQ[cells], axis=1)[:, DRAWS // 2]
        return filled_BK

    def _fill(self, raw_RK: Array) -> Array:
        """Give each row once for each draw (R * Q, K)."""
        raw_RQK = np.repeat(raw_RK[:, None, :], DRAWS, axis=1)
        for index, drawn, draws_LQ in self._drawn:
            is_missing_R = np.isnan(raw_RK[:, index])
            raw_RQK[is_missing_R, :, index] = draws_LQ[self._cells(drawn, raw_RK[is_missing_R])]
        return raw_RQK.reshape(-1, raw_RK.shape[1])

    def _cells(self, drawn: DrawnColumn, raw_RK: Array) -> Counts:
        """Give the cell of each row (R,)."""
        cells = np.zeros(len(raw_RK), dtype=np.int64)
        for like in drawn.like:
            raw_R = raw_RK[:, self._indices[like.column]]
            codes = np.searchsorted(like.edges, raw_R, side="right") if like.edges else raw_R
            codes = np.where(np.isnan(raw_R), like.codes, codes)
            cells = cells * (like.codes + 1) + codes.astype(np.int64)
        return cells


def with_draws(engine: Engine, model: ExportedWeights) -> Engine:
    """Give an engine that draws the missing values of the model's drawn columns, if there are any."""
    return DrawsEngine(engine, model) if model.drawn else engine


def without_draws(engine: Engine, raw_BK: Array) -> Array:
    """Give rows that the engine computes once: a value that it would draw becomes one value."""
    return engine.fill_once(raw_BK) if isinstance(engine, DrawsEngine) else raw_BK


def mean_over_draws(logits: Array, counts_B: Sequence[int] | Counts) -> Array:
    """Give the logits (..., B, C) of the mean probabilities over the draws of each row.

    `logits` (..., P, C) has for each row in turn one entry, or as many as there are draws.
    """
    counts_B = np.asarray(counts_B)
    is_drawn_B = counts_B > 1
    if not is_drawn_B.any():
        return logits
    first_B = np.cumsum(counts_B) - counts_B
    mean: Array = logits[..., first_B, :]
    drawn = logits[..., np.repeat(is_drawn_B, counts_B), :]
    drawn = drawn.reshape(*logits.shape[:-2], -1, DRAWS, logits.shape[-1])
    mean[..., is_drawn_B, :] = _logits_of_mean(drawn)
    return mean


def _logits_of_mean(logits: Array) -> Array:
    """Average the probabilities over the last axis but one, without underflow or overflow."""
    if logits.shape[-1] > 1:
        log_probabilities = logits - np.logaddexp.reduce(logits, axis=-1, keepdims=True)
        multiclass: Array = np.logaddexp.reduce(log_probabilities, axis=-2)
        return multiclass
    second, first = -np.logaddexp(0, -logits), -np.logaddexp(0, logits)
    binary: Array = np.logaddexp.reduce(second, axis=-2) - np.logaddexp.reduce(first, axis=-2)
    return binary

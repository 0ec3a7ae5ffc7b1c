"""Imputation by draws: a missing value is replaced by the quantiles of the training values of like rows.

Like rows have, in some other columns, the same levels and numbers in the same interval: they form a cell.

Shapes: N rows, L cells, Q draws.
"""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin

from predictor.artefact.weights import DRAWS, Array, DrawnColumn, LikeColumn
from predictor.schema.column import Column
from training.data.dataset import Indices
from training.errors import UsageError
from training.preprocessing.hot_deck import Cells, HotDeck, decode, encode

INTERVALS = 10
MAX_CELLS = 5_000


class DrawsImputer(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Fills the missing values of some columns of a frame; `draw`, from 0 to 19, says with which quantile.

    It is quantile (q + 0.5) / 20 of the cell's values, where q has another order over the draws for each
    column, so that the draws of two columns are not both low or both high. The mean over all draws
    integrates over the distribution of the missing values.
    """

    def __init__(self, columns: Sequence[Column], like: Sequence[Column], draw: int = 0) -> None:
        self.columns = columns
        self.like = like
        self.draw = draw

    def fit(self, frame: pd.DataFrame, _labels: object = None) -> Self:
        """Find the quantiles of each cell in training rows; UsageError where there are too many cells."""
        self.drawn_ = [self._describe(column, frame) for column in self.columns]
        self.draws_ = [
            _shuffle(deck.quantiles(is_continuous=column.kind == "number"), seed)
            for seed, (column, deck) in enumerate(zip(self.columns, self.hot_decks(frame), strict=True))
        ]
        return self

    def transform(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Give the frame without missing values in these columns."""
        return self.fill(frame, np.full(len(frame), self.draw))

    def fill(self, frame: pd.DataFrame, draw_N: Indices) -> pd.DataFrame:
        """Give the frame with the missing values of each row replaced by its draw, from 0 to 19."""
        filled = frame.copy()
        for column, drawn, draws_LQ in zip(self.columns, self.drawn_, self.draws_, strict=True):
            missing_N = frame[column.name].isna().to_numpy()
            codes = draws_LQ[self._cells(drawn, frame[missing_N]), draw_N[missing_N]]
            filled.loc[missing_N, column.name] = decode(column, codes)
        return filled

    def fill_with_all(self, frame: pd.DataFrame) -> tuple[pd.DataFrame, Indices]:
        """Give each row with a missing value once for each draw, and the number of fillings of each row."""
        counts_N = np.where(self.find_missing(frame), DRAWS, 1)
        repeated = frame.iloc[np.repeat(np.arange(len(frame)), counts_N)].reset_index(drop=True)
        return self.fill(repeated, count_up(counts_N)), counts_N

    def fill_at_random(
        self, frame: pd.DataFrame, decks: Sequence[HotDeck], random: np.random.Generator
    ) -> pd.DataFrame:
        """Give the frame with each missing value replaced by a random training value of its cell."""
        filled = frame.copy()
        for column, drawn, deck in zip(self.columns, self.drawn_, decks, strict=True):
            missing_N = frame[column.name].isna().to_numpy()
            codes = deck.draw(self._cells(drawn, frame[missing_N]), random)
            filled.loc[missing_N, column.name] = decode(column, codes)
        return filled

    def hot_decks(self, frame: pd.DataFrame) -> list[HotDeck]:
        """Give the known values of each column in training rows."""
        return [
            HotDeck(encode(column, frame[column.name]), self._cells(drawn, frame), drawn.cells)
            for column, drawn in zip(self.columns, self.drawn_, strict=True)
        ]

    def find_missing(self, frame: pd.DataFrame) -> NDArray[np.bool_]:
        """Say which rows have a missing value in one of these columns (N,)."""
        return frame[[column.name for column in self.columns]].isna().any(axis=1).to_numpy()

    def _cells(self, drawn: DrawnColumn, frame: pd.DataFrame) -> Cells:
        """Give the cell of each row."""
        by_name = {column.name: column for column in self.like}
        cells = np.zeros(len(frame), dtype=np.int64)
        for like in drawn.like:
            codes = encode(by_name[like.column], frame[like.column])
            if like.edges:
                intervals = np.searchsorted(like.edges, codes, side="right")
                codes = np.where(np.isnan(codes), np.nan, intervals)
            # The last code is that of missing values.
            cells = cells * (like.codes + 1) + np.nan_to_num(codes, nan=like.codes).astype(np.int64)
        return cells

    def _describe(self, column: Column, frame: pd.DataFrame) -> DrawnColumn:
        like = tuple(_describe_like(other, frame[other.name]) for other in self.like if other != column)
        drawn = DrawnColumn(column=column.name, like=like)
        if drawn.cells > MAX_CELLS:
            raise UsageError(
                f"The recipe's `impute_like` divides the rows into {drawn.cells} cells, and at most "
                f"{MAX_CELLS} are possible; name fewer columns, or columns with fewer categories."
            )
        return drawn


def count_up(counts_N: Indices) -> Indices:
    """Give 0, 1, ... for the fillings of each row."""
    counted: Indices = np.arange(counts_N.sum()) - np.repeat(np.cumsum(counts_N) - counts_N, counts_N)
    return counted


def _describe_like(column: Column, values: "pd.Series[Any]") -> LikeColumn:
    """Give the intervals of a column, which have about equally many training rows, or its levels."""
    if column.levels:
        return LikeColumn(column=column.name, codes=len(column.levels))
    inner = np.arange(1, INTERVALS) / INTERVALS
    edges = np.unique(np.nanquantile(encode(column, values), inner)).tolist()
    return LikeColumn(column=column.name, codes=len(edges) + 1, edges=tuple(edges))


def _shuffle(ascending_LQ: Array, seed: int) -> Array:
    """Give the draws of each cell in a random order that is the same for all cells."""
    shuffled: Array = ascending_LQ[:, np.random.default_rng(seed).permutation(DRAWS)]
    return shuffled

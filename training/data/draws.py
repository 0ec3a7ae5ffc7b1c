"""Imputation by draws: a stand-in with the interface of the coming module."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from predictor.schema.column import Column

DRAWS = 20


class DrawsImputer:
    """Fills missing values by quantiles of the training values of like rows."""

    def __init__(self, columns: Sequence[Column], like: Sequence[Column], draw: int = 0) -> None:
        self.columns = columns
        self.like = like
        self.draw = draw

    def fit(self, frame: pd.DataFrame, _labels: object = None) -> Self:
        self.values_ = {
            column.name: frame[column.name].dropna().groupby(self._cells(frame)).apply(np.sort).to_dict()
            for column in self.columns
        }
        return self

    def fill(self, frame: pd.DataFrame, draw: int) -> pd.DataFrame:
        return self._fill(frame, np.full(len(frame), (draw + 0.5) / DRAWS))

    def fill_at_random(self, frame: pd.DataFrame, decks: Any, random: np.random.Generator) -> pd.DataFrame:
        return self._fill(frame, random.uniform(size=len(frame)))

    def hot_decks(self, frame: pd.DataFrame) -> Any:
        return None

    def find_missing(self, frame: pd.DataFrame) -> NDArray[np.bool_]:
        missing: NDArray[np.bool_] = (
            frame[[column.name for column in self.columns]].isna().any(axis=1).to_numpy()
        )
        return missing

    def _fill(self, frame: pd.DataFrame, shares: Any) -> pd.DataFrame:
        filled, cells = frame.copy(), self._cells(frame)
        for column in self.columns:
            decks = self.values_[column.name]
            every = np.sort(np.concatenate(list(decks.values())))
            missing = frame[column.name].isna().to_numpy()
            drawn = [
                deck[int(share * len(deck))]
                for cell, share in zip(cells[missing], shares[missing], strict=True)
                for deck in [decks.get(cell, every)]
            ]
            filled.loc[missing, column.name] = drawn
        return filled

    def _cells(self, frame: pd.DataFrame) -> Any:
        cells = pd.Series("", index=frame.index)
        for column in self.like:
            values = frame[column.name]
            cells = cells + "|" + ((values // 10) if column.is_numeric else values).astype(str)
        return cells

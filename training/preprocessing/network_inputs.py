"""The network's inputs: encoded rows, with several fillings of a row whose missing values are drawn.

Shapes: N rows, P fillings (Q in sequence of a row with draws, one of another), F inputs, R rows with draws.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from sklearn.compose import ColumnTransformer
from torch import Tensor

from predictor.artefact.weights import Array
from predictor.schema.features import Features
from training.data.dataset import DataSet, Indices, features_frame
from training.preprocessing.draws import DrawsImputer, count_up
from training.preprocessing.hot_deck import HotDeck
from training.preprocessing.pipeline import Preprocessor, find_draws, find_encoder, find_numbers


@dataclass(frozen=True)
class Fillings:
    """Encoded rows as the model is asked about them (P, F), and the number of fillings of each row (N,)."""

    x_PF: Tensor
    counts_N: Indices

    def take(self, indices: Indices) -> "Fillings":
        """Give the fillings of the rows at these indices."""
        places_P = find_places(self.counts_N, indices)
        return Fillings(self.x_PF[torch.as_tensor(places_P)], self.counts_N[indices])


@dataclass(frozen=True)
class Redraw:
    """Rows whose missing values are drawn anew in each epoch."""

    rows_R: Indices
    frame: pd.DataFrame
    draws: DrawsImputer
    decks: Sequence[HotDeck]
    encoder: ColumnTransformer

    def encode(self, random: np.random.Generator) -> Array:
        """Give the rows (R, F) with random values of like rows."""
        encoded_RF: Array = self.encoder.transform(self.draws.fill_at_random(self.frame, self.decks, random))
        return encoded_RF


class NetworkInputs:
    """Encoded rows: `x_NF` to learn from, `fillings` to predict; `numbers` has the index of each number."""

    def __init__(self, fillings: Fillings, numbers: Mapping[str, int], redraw: Redraw | None = None) -> None:
        self.fillings = fillings
        self.numbers = numbers
        self.x_NF = fillings.x_PF
        if redraw is not None:
            self.x_NF = fillings.x_PF[torch.as_tensor(find_first(fillings.counts_N))]
        self._redraw = redraw

    @classmethod
    def of_rows(cls, x_NF: Tensor) -> "NetworkInputs":
        """Give the inputs of rows without draws."""
        return cls(Fillings(x_NF, np.ones(len(x_NF), dtype=np.int64)), {})

    def renew(self, random: np.random.Generator) -> None:
        """Draw missing values of the rows to learn from anew, in place."""
        if self._redraw is not None and self._redraw.rows_R.size:
            x_RF = to_inputs(self._redraw.encode(random), str(self.x_NF.device))
            self.x_NF[torch.as_tensor(self._redraw.rows_R)] = x_RF


def find_places(counts_N: Indices, indices: Indices) -> Indices:
    """Give the indices of all fillings of these rows."""
    counts_B = counts_N[indices]
    return np.repeat(find_first(counts_N)[indices], counts_B) + count_up(counts_B)


def find_first(counts_N: Indices) -> Indices:
    """Give the index of the first filling of each row."""
    first_N: Indices = np.cumsum(counts_N) - counts_N
    return first_N


def encode_to_learn(
    preprocessor: Preprocessor, data: DataSet, train: Indices, device: str = "cpu"
) -> NetworkInputs:
    """Encode all rows of the data; draws come from the rows at the indices `train`."""
    fillings = encode_to_predict(preprocessor, data.rows, device)
    draws, numbers = find_draws(preprocessor), find_numbers(preprocessor)
    if draws is None:
        return NetworkInputs(fillings, numbers)
    frame = features_frame(data.rows)
    rows_R = np.flatnonzero(draws.find_missing(frame))
    decks = draws.hot_decks(frame.iloc[train])
    redraw = Redraw(rows_R, frame.iloc[rows_R], draws, decks, find_encoder(preprocessor))
    return NetworkInputs(fillings, numbers, redraw)


def encode_to_predict(preprocessor: Preprocessor, rows: Sequence[Features], device: str = "cpu") -> Fillings:
    """Encode rows, each once for each of its draws."""
    return encode_frame(preprocessor, features_frame(rows), device)


def encode_frame(preprocessor: Preprocessor, frame: pd.DataFrame, device: str = "cpu") -> Fillings:
    """Encode the rows of a `features_frame`, each once for each of its draws."""
    draws, encoder = find_draws(preprocessor), find_encoder(preprocessor)
    if draws is None:
        return Fillings(to_inputs(encoder.transform(frame), device), np.ones(len(frame), dtype=np.int64))
    filled, counts_N = draws.fill_with_all(frame)
    return Fillings(to_inputs(encoder.transform(filled), device), counts_N)


def to_inputs(x_NF: Array, device: str = "cpu") -> Tensor:
    """Turn the output of the preprocessing into the input of the network."""
    return torch.as_tensor(np.asarray(x_NF), dtype=torch.float32, device=device)

"""The models that are compared: recipes, and baselines with imputation by the mean or by draws.

Shapes: B rows of a split, Q draws.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

from predictor.artefact.weights import Array
from predictor.schema.column import Column
from training.data.dataset import DataSet, Indices, Labels, features_frame
from training.data.split import Splits, member_folds
from training.evaluation.folds.baselines import Baseline
from training.evaluation.folds.known_rows import find_known_rows
from training.preprocessing.draws import DrawsImputer
from training.preprocessing.inputs import choose_inputs, drop_constant
from training.preprocessing.pipeline import build_preprocessor
from training.recipe import Recipe
from training.run import train

# A training row with a missing value stands for this many random draws, which share its weight.
FITTED_DRAWS = 5


class FoldModel(Protocol):
    """A model that is fitted to the training rows of a fold."""

    @property
    def name(self) -> str:
        """Give its name in the tables."""

    def predict(self, data: DataSet, train_rows: Indices, test_rows: Indices) -> Array:
        """Fit to the training rows and give the probabilities of the test rows (B, 1)."""


@dataclass(frozen=True)
class RecipeModel:
    """The network of a recipe: ensemble, early stopping and calibration within the training rows."""

    name: str
    recipe: Recipe

    def predict(self, data: DataSet, train_rows: Indices, test_rows: Indices) -> Array:
        """See `FoldModel`."""
        members = member_folds(train_rows, data.labels, self.recipe.split)
        return train(self.recipe, data, splits=Splits(tuple(members), test_rows)).test.probabilities_BC


@dataclass(frozen=True)
class BaselineModel:
    """A baseline on the columns of a recipe, with its preprocessing."""

    name: str
    baseline: Baseline
    recipe: Recipe

    def predict(self, data: DataSet, train_rows: Indices, test_rows: Indices) -> Array:
        """See `FoldModel`."""
        frame = features_frame(data.rows)
        pipeline = self.build(data, train_rows)
        pipeline.fit(frame.iloc[train_rows], data.labels[train_rows])
        return _positive(pipeline, frame.iloc[test_rows])[:, None]

    def build(self, data: DataSet, train_rows: Indices) -> Pipeline:
        """Give the unfitted preprocessing and classifier."""
        inputs, _ = drop_constant(choose_inputs(self.recipe, data.task.features), data.take(train_rows))
        return Pipeline(
            [
                ("preprocessing", build_preprocessor(self.recipe, inputs)),
                ("classifier", self.baseline.build()),
            ]
        )


@dataclass(frozen=True)
class KnownRowsModel(BaselineModel):
    """A baseline that is fitted to the training rows in which every column is known."""

    def predict(self, data: DataSet, train_rows: Indices, test_rows: Indices) -> Array:
        """See `FoldModel`."""
        known_N = find_known_rows(data)
        return super().predict(data, train_rows[known_N[train_rows]], test_rows)


@dataclass(frozen=True)
class DrawsModel(BaselineModel):
    """A baseline whose missing values are drawn from training values of rows that are alike in `like`."""

    like: tuple[Column, ...] = ()

    def predict(self, data: DataSet, train_rows: Indices, test_rows: Indices) -> Array:
        """See `FoldModel`; a row with a missing value gets the mean over the quantile draws."""
        frame = features_frame(data.rows)
        pipeline = self.build(data, train_rows)
        columns = choose_inputs(self.recipe, data.task.features).columns
        drawn = [column for column in columns if column.nullable]
        imputer = DrawsImputer(drawn, self.like).fit(frame.iloc[train_rows])
        fit_to_draws(pipeline, imputer, frame.iloc[train_rows], data.labels[train_rows])
        return predict_draws(pipeline, imputer, frame.iloc[test_rows])[:, None]


def fit_to_draws(pipeline: Pipeline, imputer: DrawsImputer, frame: pd.DataFrame, labels_B: Labels) -> None:
    """Fit to the known rows with weight 1, and to random draws of the others, which share a weight of 1."""
    missing_B = imputer.find_missing(frame)
    decks, random = imputer.hot_decks(frame), np.random.default_rng(0)
    drawn = [imputer.fill_at_random(frame[missing_B], decks, random) for _ in range(FITTED_DRAWS)]
    labels = np.concatenate([labels_B[~missing_B], np.tile(labels_B[missing_B], FITTED_DRAWS)])
    weights = np.ones(len(labels))
    weights[(~missing_B).sum() :] = 1 / FITTED_DRAWS
    pipeline.fit(pd.concat([frame[~missing_B], *drawn]), labels, classifier__sample_weight=weights)


def predict_draws(pipeline: Pipeline, imputer: DrawsImputer, frame: pd.DataFrame) -> Array:
    """Give the probability of each row (B,), of a row with a missing value the mean over its draws."""
    filled, counts_B = imputer.fill_with_all(frame)
    sums_B: Array = np.add.reduceat(_positive(pipeline, filled), np.cumsum(counts_B) - counts_B)
    return sums_B / counts_B


def _positive(pipeline: Pipeline, frame: pd.DataFrame) -> Array:
    probabilities_B: Array = pipeline.predict_proba(frame)[:, 1].astype(np.float64)
    return probabilities_B

"""Which rows train, which are held out, which test; by their places in the data."""

from dataclasses import dataclass

import numpy as np
from sklearn.model_selection import StratifiedKFold, train_test_split

from training.data import DataSet, Labels
from training.errors import UserMistake
from training.recipe import Split


@dataclass(frozen=True)
class Fold:
    """The rows that one member learns from, and those held out from it."""

    train: Labels
    holdout: Labels


@dataclass(frozen=True)
class Parts:
    """One fold for each member, and the test rows, which nothing but the report may open."""

    folds: tuple[Fold, ...]
    test: Labels

    @property
    def train(self) -> Labels:
        """Give every row that any member learns from, in the first fold's order."""
        return np.array(list(dict.fromkeys(np.concatenate([fold.train for fold in self.folds]).tolist())))

    @property
    def holdout(self) -> Labels:
        """Give every held-out row, fold by fold."""
        return np.concatenate([fold.holdout for fold in self.folds])


def split_rows(data: DataSet, split: Split) -> Parts:
    """Split as the recipe says; UserMistake where a part would lack a class."""
    main, test = train_test_split(
        np.arange(len(data.rows)), test_size=split.test_share, random_state=split.test_seed
    )
    parts = Parts(tuple(_folds(main, data.labels, split)), test)
    _check_classes(data, parts)
    return parts


def _folds(main: Labels, labels: Labels, split: Split) -> list[Fold]:
    if split.holdout == "none":
        return [Fold(main, main[:0])]
    if split.holdout == "last":
        first_held_out = int(len(main) * (1 - split.holdout_share))
        return [Fold(main[:first_held_out], main[first_held_out:])]
    if split.holdout == "random":
        train, holdout = train_test_split(
            main, test_size=split.holdout_share, random_state=split.holdout_seed
        )
        return [Fold(train, holdout)]
    return cross_fit(main, labels, split.folds, split.holdout_seed)


def cross_fit(places: Labels, labels: Labels, folds: int, seed: int) -> list[Fold]:
    """Hold out each row once; UserMistake where a class has fewer rows than there are folds."""
    if np.bincount(labels[places]).min() < folds:
        raise UserMistake(
            f"The data has a class with fewer than {folds} rows to train on; more rows are needed."
        )
    splitter = StratifiedKFold(folds, shuffle=True, random_state=seed)
    return [Fold(places[train], places[holdout]) for train, holdout in splitter.split(places, labels[places])]


def _check_classes(data: DataSet, parts: Parts) -> None:
    named = {"training": parts.train, "test": parts.test}
    if parts.holdout.size:
        named["validation"] = parts.holdout
    for name, places in named.items():
        absent = set(range(len(data.task.classes))) - set(data.labels[places].tolist())
        for label in absent:
            raise UserMistake(
                f"The {name} part has no row where {data.task.target} is {data.task.classes[label]}; "
                "more rows of that class are needed."
            )

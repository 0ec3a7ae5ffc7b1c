"""Which rows train, which are held out, which test; by their places in the data."""

from dataclasses import dataclass

import numpy as np
from sklearn.model_selection import StratifiedKFold, train_test_split

from training.data.dataset import DataSet, Labels
from training.errors import UsageError
from training.recipe import Split


@dataclass(frozen=True)
class Fold:
    """The rows that one member learns from, and those held out from it."""

    train: Labels
    validation: Labels


@dataclass(frozen=True)
class Splits:
    """One fold for each member, and the test rows, which nothing but the report may open."""

    folds: tuple[Fold, ...]
    test: Labels

    @property
    def train(self) -> Labels:
        """Give every row that any member learns from, in the first fold's order."""
        indices = np.concatenate([fold.train for fold in self.folds])
        return np.array(list(dict.fromkeys(indices.tolist())), dtype=np.int64)

    @property
    def validation(self) -> Labels:
        """Give every held-out row, fold by fold."""
        return np.concatenate([fold.validation for fold in self.folds])


def split_rows(data: DataSet, split: Split) -> Splits:
    """Split as the recipe says; UserMistake where a part would lack a class."""
    main, test = draw_part(np.arange(len(data.rows)), split.test_share, split.test_seed)
    parts = Splits(tuple(_folds(main, data.labels, split)), test)
    _check_classes(data, parts)
    return parts


def draw_part(indices: Labels, share: float, seed: int) -> tuple[Labels, Labels]:
    """Split off a share of the places; UserMistake where there are too few of them."""
    try:
        rest, part = train_test_split(indices, test_size=share, random_state=seed)
    except ValueError:
        raise UsageError("The data has too few rows to train, hold out and test; give more.") from None
    return rest, part


def _folds(main: Labels, labels: Labels, split: Split) -> list[Fold]:
    if split.validation == "none":
        return [Fold(main, main[:0])]
    if split.validation == "last":
        first_held_out = int(len(main) * (1 - split.validation_share))
        return [Fold(main[:first_held_out], main[first_held_out:])]
    if split.validation == "random":
        return [Fold(*draw_part(main, split.validation_share, split.validation_seed))]
    return cross_fit(main, labels, split.folds, split.validation_seed)


def cross_fit(indices: Labels, labels: Labels, folds: int, seed: int) -> list[Fold]:
    """Hold out each row once; UserMistake where a class has fewer rows than there are folds."""
    if np.bincount(labels[indices]).min() < folds:
        raise UsageError(
            f"The data has a class with fewer than {folds} rows to train on; more rows are needed."
        )
    splitter = StratifiedKFold(folds, shuffle=True, random_state=seed)
    return [
        Fold(indices[train], indices[validation])
        for train, validation in splitter.split(indices, labels[indices])
    ]


def _check_classes(data: DataSet, parts: Splits) -> None:
    named = {"training": parts.train, "test": parts.test}
    if parts.validation.size:
        named["validation"] = parts.validation
    for name, indices in named.items():
        absent = set(range(len(data.task.classes))) - set(data.labels[indices].tolist())
        for label in absent:
            raise UsageError(
                f"The {name} part has no row where {data.task.target} is {data.task.classes[label]}; "
                "more rows of that class are needed."
            )

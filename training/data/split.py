"""The division of the rows into training, validation and test rows, as indices into the data."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedKFold, train_test_split

from predictor.schema.column import Column
from training.data.dataset import DataSet, Indices, Labels
from training.errors import UsageError
from training.recipe import Split


@dataclass(frozen=True)
class Fold:
    """The training rows and the validation rows of one member of the ensemble."""

    train: Indices
    validation: Indices


@dataclass(frozen=True)
class Splits:
    """One fold for each member, and the test rows, which are used for the final evaluation alone.

    Nothing is learned from the rows `left_out`, which are neither training nor validation rows.
    """

    folds: tuple[Fold, ...]
    test: Indices
    left_out: Indices = field(default_factory=lambda: np.array([], dtype=np.int64))

    @property
    def train(self) -> Indices:
        """Give the training rows of all folds, each once, in the order of the first fold."""
        indices = np.concatenate([fold.train for fold in self.folds])
        return np.array(list(dict.fromkeys(indices.tolist())), dtype=np.int64)

    @property
    def validation(self) -> Indices:
        """Give every validation row, fold by fold."""
        return np.concatenate([fold.validation for fold in self.folds])

    def leave_out(self, is_left_out_N: NDArray[np.bool_]) -> "Splits":
        """Give the splits without training and validation rows that are to be left out."""
        folds = tuple(
            Fold(fold.train[~is_left_out_N[fold.train]], fold.validation[~is_left_out_N[fold.validation]])
            for fold in self.folds
        )
        rows = np.union1d(self.train, self.validation)
        return Splits(folds, self.test, left_out=rows[is_left_out_N[rows]])


def split_rows(data: DataSet, split: Split) -> Splits:
    """Split the rows; UsageError where the training, validation or test rows lack a class."""
    rows = np.arange(len(data.rows))
    strata = data.labels if split.stratified else None
    rest, test = draw_rows(rows, split.test_share, split.test_seed, strata)
    splits = Splits(tuple(member_folds(rest, data.labels, split)), test)
    check_classes(data, splits)
    return splits


def draw_rows(
    indices: Indices, share: float, seed: int, strata: Labels | None = None
) -> tuple[Indices, Indices]:
    """Give the other rows and a random share of the rows; UsageError where there are too few.

    With `strata`, the class of every row of the data, both have the class shares of `indices`.
    """
    stratify = None if strata is None else strata[indices]
    try:
        rest, drawn = train_test_split(indices, test_size=share, random_state=seed, stratify=stratify)
    except ValueError:
        raise UsageError(
            "The data has too few rows for training, validation and test; more rows are needed."
        ) from None
    return rest, drawn


def member_folds(indices: Indices, labels: Labels, split: Split) -> list[Fold]:
    """Divide these rows into training and validation rows of each member, as the split says."""
    if split.validation == "none":
        return [Fold(indices, indices[:0])]
    if split.validation == "last":
        first_validation = int(len(indices) * (1 - split.validation_share))
        return [Fold(indices[:first_validation], indices[first_validation:])]
    if split.validation == "random":
        strata = labels if split.stratified else None
        return [Fold(*draw_rows(indices, split.validation_share, split.validation_seed, strata))]
    return stratified_folds(indices, labels, split.folds, split.validation_seed)


def stratified_folds(indices: Indices, labels: Labels, folds: int, seed: int) -> list[Fold]:
    """Make each row a validation row once; UsageError where a class has fewer rows than there are folds."""
    if np.bincount(labels[indices]).min() < folds:
        raise UsageError(
            f"The data has a class with fewer than {folds} rows to train on; more rows are needed."
        )
    splitter = StratifiedKFold(folds, shuffle=True, random_state=seed)
    return [
        Fold(indices[train], indices[validation])
        for train, validation in splitter.split(indices, labels[indices])
    ]


def leave_out_unknown(data: DataSet, splits: Splits, columns: Sequence[Column]) -> Splits:
    """Give the splits without training and validation rows in which one of these columns is missing.

    UsageError where the remaining rows lack a class.
    """
    if not columns:
        return splits
    attributes = [column.attribute for column in columns]
    unknown = [any(row.__dict__[name] is None for name in attributes) for row in data.rows]
    known = splits.leave_out(np.array(unknown))
    check_classes(data, known, f" with a known {' and '.join(repr(column.name) for column in columns)}")
    return known


def check_classes(data: DataSet, splits: Splits, among: str = "") -> None:
    """Raise UsageError where the training, validation or test rows lack a class.

    `among` says which training and validation rows there are.
    """
    indices_by_name = {"training": splits.train, "test": splits.test}
    if splits.validation.size:
        indices_by_name["validation"] = splits.validation
    for name, indices in indices_by_name.items():
        absent = set(range(len(data.task.classes))) - set(data.labels[indices].tolist())
        for label in absent:
            raise UsageError(
                f"No {name} row{'' if name == 'test' else among} has {data.task.target} "
                f"{data.task.classes[label]}; more rows of that class are needed."
            )

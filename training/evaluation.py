"""Evaluation that can be believed: the whole recipe on 20 folds, beside other models on the same folds.

The other models are the recipes that the book names for it, and models from elsewhere (`rivals`).

All that learns (preprocessing, ensemble, stopping, calibration) sees a fold's training rows alone.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from sklearn.model_selection import RepeatedStratifiedKFold

from predictor.card import Cell, table
from predictor.lowered import Array
from training import metrics
from training.assessment import decision_curve, find_subgroups
from training.data import DataSet, Labels, features_frame, read_data
from training.errors import UserMistake
from training.operating_points import choose_threshold, count_table
from training.page import check_writable, write_page
from training.recipe import Recipe, RecipeBook
from training.rivals import build_rivals, rival_probabilities
from training.run import Part, Trained, train_on
from training.split import Parts, cross_fit

OURS = "this recipe"
REFERENCE = "lecture"

Folds = list[tuple[Labels, Labels]]


@dataclass(frozen=True)
class Resampling:
    """How the rows are divided into training and test: so many folds, so many times over."""

    splits: int = 5
    repeats: int = 4
    seed: int = 0

    def folds(self, labels: Labels) -> Folds:
        """Give the training and test places of each fold; UserMistake where a class has too few rows."""
        if np.bincount(labels).min() < self.splits:
            raise UserMistake(f"The data has a class with fewer than {self.splits} rows; give more.")
        splitter = RepeatedStratifiedKFold(
            n_splits=self.splits, n_repeats=self.repeats, random_state=self.seed
        )
        return list(splitter.split(labels, labels))


TWENTY_FOLDS = Resampling()


def evaluate(
    book: RecipeBook,
    recipe_name: str,
    path: Path,
    page: Path | None,
    console: Console,
    resampling: Resampling = TWENTY_FOLDS,
) -> None:
    """Run the comparison, print it, and write it to a page if one is named."""
    if recipe_name not in book.recipes:
        raise UserMistake(f"--recipe: must be one of {', '.join(book.recipes)}.")
    if page is not None:
        check_writable(page)
    started = time.perf_counter()
    data = read_data(path, book.task)
    text = compare(book, recipe_name, data, resampling)
    console.print(text, highlight=False, markup=False, soft_wrap=True)
    console.print(f"Took {time.perf_counter() - started:.0f} s.", highlight=False)
    if page is not None:
        write_page(page, text + "\n")


def compare(book: RecipeBook, recipe_name: str, data: DataSet, resampling: Resampling) -> str:
    """Train the recipe and all that it is compared with on every fold, and give the page that tells of it."""
    folds = resampling.folds(data.labels)
    recipe = book.recipes[recipe_name]
    beside = [book.recipes[name] for name in book.compared if name != recipe_name]
    reference = book.recipes.get(REFERENCE, recipe)
    others = rival_parts(reference, data, folds)
    ours = train_folds(book, recipe, data, folds)
    parts = {OURS: [trained.test for trained in ours]}
    for other in beside:
        parts[f"`{other.name}`"] = [trained.test for trained in train_folds(book, other, data, folds)]
    told = [
        _introduction(book, recipe, beside, reference, resampling),
        _comparison(parts | others, resampling),
        _whole(book, data, ours[: resampling.splits]),
    ]
    return "\n\n".join(told)


def train_folds(book: RecipeBook, recipe: Recipe, data: DataSet, folds: Folds) -> list[Trained]:
    """Train the whole recipe on each fold's training rows and judge it on its test rows."""
    return [train_fold(book, recipe, data, *fold) for fold in folds]


def train_fold(book: RecipeBook, recipe: Recipe, data: DataSet, train: Labels, test: Labels) -> Trained:
    """Train the whole recipe on some rows and judge it on the others."""
    folds = cross_fit(train, data.labels, recipe.split.folds, recipe.split.holdout_seed)
    return train_on(Parts(tuple(folds), test), book.task, recipe, data, "cpu", lambda _epoch, _stopping: None)


def rival_parts(recipe: Recipe, data: DataSet, folds: Folds) -> dict[str, list[Part]]:
    """Judge every rival on every fold."""
    frame = features_frame(data.rows)
    return {
        name: [
            Part(
                data.labels[test],
                rival_probabilities(build, recipe, frame.iloc[train], data.labels[train], frame.iloc[test]),
            )
            for train, test in folds
        ]
        for name, build in build_rivals().items()
    }


def _introduction(
    book: RecipeBook, recipe: Recipe, beside: Sequence[Recipe], reference: Recipe, resampling: Resampling
) -> str:
    folds = resampling.splits * resampling.repeats
    columns = [f"This recipe has {len(recipe.columns)} input columns"]
    columns += [f"the recipe `{other.name}` has {len(other.columns)}" for other in beside]
    return (
        f"# {book.task.title}: the recipe `{recipe.name}` on {folds} folds\n\n"
        f"Written by `make evaluate`; do not edit. RepeatedStratifiedKFold(n_splits={resampling.splits}, "
        f"n_repeats={resampling.repeats}, random_state={resampling.seed}) over all rows. "
        f"{', '.join(columns)}; the models from elsewhere get the {len(reference.columns)} of the recipe "
        f"`{reference.name}`, encoded as there. "
        "Differences are ours minus theirs on the same folds, with two standard errors: that of independent "
        "folds, and one corrected for the rows that training parts share (Nadeau & Bengio 2003)."
    )


def _comparison(parts: dict[str, list[Part]], resampling: Resampling) -> str:
    names = list(metrics.METRICS | metrics.BINARY_METRICS)
    found = {
        model: np.array([list(part.metrics().values()) for part in folds]) for model, folds in parts.items()
    }
    means = [(model, *values.mean(axis=0).tolist()) for model, values in found.items()]
    ours = found.pop(OURS)
    differences: list[list[Cell]] = [
        [f"{OURS} - {model}", *(_difference(column, resampling) for column in (ours - values).T)]
        for model, values in found.items()
    ]
    told = [table(("model", *names), means), table(("difference", *names), differences)]
    return "\n\n".join(["## Means over the folds", *told])


def _difference(of_folds: Array, resampling: Resampling) -> str:
    deviation = float(of_folds.std(ddof=1))
    plain = deviation / np.sqrt(len(of_folds))
    corrected = deviation * np.sqrt(1 / len(of_folds) + 1 / (resampling.splits - 1))
    return f"{of_folds.mean():+.4f} ({plain:.4f}, {corrected:.4f})"


def _whole(book: RecipeBook, data: DataSet, first: list[Trained]) -> str:
    """Tell of the first repeat, in which every row is tested once."""
    places = np.concatenate([trained.parts.test for trained in first])
    part = Part(
        np.concatenate([trained.test.labels_B for trained in first]),
        np.concatenate([trained.test.probabilities_BC for trained in first]),
    )
    threshold = choose_threshold(first[0].recipe.operating_points["default"], count_table(part))
    groups = find_subgroups(data, places, part, book.groupings, threshold)
    names = list(dict.fromkeys(name for group in groups for name in group.figures))
    rows = [
        [g.by, g.group, g.rows, "fewer than 10" if g.events is None else g.events, *map(g.figures.get, names)]
        for g in groups
    ]
    curve = [(point.threshold, point.model, point.everybody) for point in decision_curve(part)]
    return (
        f"## Subgroups, each row tested once\n\n{table(('by', 'group', 'rows', 'events', *names), rows)}\n\n"
        f"## Decision curve\n\n{table(('threshold', 'model', 'flagging everybody'), curve)}"
    )

"""Evaluation that can be believed: the whole recipe on 20 folds, beside other models on the same folds.

All that learns (preprocessing, ensemble, stopping, calibration) sees a fold's training rows alone.
"""

import time
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
from training.recipe import Recipe, RecipeBook
from training.rivals import build_rivals, rival_probabilities
from training.run import Part, Trained, train_on
from training.split import Parts, cross_fit

SPLITS, REPEATS, SEED = 5, 4, 0
OURS = "this recipe"
REFERENCE = "lecture"

Folds = list[tuple[Labels, Labels]]


def evaluate(book: RecipeBook, recipe_name: str, path: Path, page: Path | None, console: Console) -> None:
    """Run the comparison, print it, and write it to a page if one is named."""
    if recipe_name not in book.recipes:
        raise UserMistake(f"--recipe: must be one of {', '.join(book.recipes)}.")
    started = time.perf_counter()
    data = read_data(path, book.task)
    splitter = RepeatedStratifiedKFold(n_splits=SPLITS, n_repeats=REPEATS, random_state=SEED)
    folds: Folds = list(splitter.split(data.labels, data.labels))
    ours = [train_fold(book, book.recipes[recipe_name], data, *fold) for fold in folds]
    parts = {OURS: [trained.test for trained in ours], **rival_parts(book.recipes[REFERENCE], data, folds)}
    text = "\n\n".join([_introduction(book, recipe_name), _comparison(parts), _whole(book, data, ours)])
    console.print(text, highlight=False, markup=False, soft_wrap=True)
    console.print(f"Took {time.perf_counter() - started:.0f} s.", highlight=False)
    if page is not None:
        page.write_text(text + "\n", encoding="utf-8")


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


def _introduction(book: RecipeBook, recipe_name: str) -> str:
    return (
        f"# {book.task.title}: the recipe `{recipe_name}` on {SPLITS * REPEATS} folds\n\n"
        f"Written by `make evaluate`; do not edit. RepeatedStratifiedKFold(n_splits={SPLITS}, "
        f"n_repeats={REPEATS}, random_state={SEED}) over all rows; the others get the lecture's 20 inputs. "
        "Differences are ours minus theirs on the same folds, with two standard errors: that of independent "
        "folds, and one corrected for the rows that training parts share (Nadeau & Bengio 2003)."
    )


def _comparison(parts: dict[str, list[Part]]) -> str:
    names = list(metrics.METRICS | metrics.BINARY_METRICS)
    found = {
        model: np.array([list(part.metrics().values()) for part in folds]) for model, folds in parts.items()
    }
    means = [(model, *values.mean(axis=0).tolist()) for model, values in found.items()]
    ours = found.pop(OURS)
    differences: list[list[Cell]] = [
        [f"{OURS} - {model}", *(_difference(column) for column in (ours - values).T)]
        for model, values in found.items()
    ]
    told = [table(("model", *names), means), table(("difference", *names), differences)]
    return "\n\n".join(["## Means over the folds", *told])


def _difference(of_folds: Array) -> str:
    deviation = float(of_folds.std(ddof=1))
    plain = deviation / np.sqrt(len(of_folds))
    corrected = deviation * np.sqrt(1 / len(of_folds) + 1 / (SPLITS - 1))
    return f"{of_folds.mean():+.4f} ({plain:.4f}, {corrected:.4f})"


def _whole(book: RecipeBook, data: DataSet, ours: list[Trained]) -> str:
    """Tell of the first repeat, in which every row is tested once."""
    first = ours[:SPLITS]
    places = np.concatenate([trained.parts.test for trained in first])
    part = Part(
        np.concatenate([trained.test.labels_B for trained in first]),
        np.concatenate([trained.test.probabilities_BC for trained in first]),
    )
    groups = find_subgroups(data, places, part, book.groupings, first[0].recipe)
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

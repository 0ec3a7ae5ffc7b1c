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

from predictor.artefact.model_card import Cell, table
from predictor.artefact.weights import Array
from training.data.dataset import DataSet, Labels, features_frame, read_data
from training.data.split import Splits, cross_fit
from training.errors import UsageError
from training.evaluation.baselines import baseline_probabilities, build_baselines
from training.evaluation.diagnostics import decision_curve, find_subgroups
from training.evaluation.markdown_page import check_writable, write_page
from training.evaluation.operating_points import choose_threshold, count_table
from training.learning import metrics
from training.recipe import Recipe
from training.run import ScoredRows, TrainingResult, train_on
from training.task_recipes import TaskRecipes

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
            raise UsageError(f"The data has a class with fewer than {self.splits} rows; give more.")
        splitter = RepeatedStratifiedKFold(
            n_splits=self.splits, n_repeats=self.repeats, random_state=self.seed
        )
        return list(splitter.split(labels, labels))


TWENTY_FOLDS = Resampling()


def evaluate(
    task_recipes: TaskRecipes,
    recipe_name: str,
    path: Path,
    page: Path | None,
    console: Console,
    resampling: Resampling = TWENTY_FOLDS,
) -> None:
    """Run the comparison, print it, and write it to a page if one is named."""
    if recipe_name not in task_recipes.recipes:
        raise UsageError(f"--recipe: must be one of {', '.join(task_recipes.recipes)}.")
    if page is not None:
        check_writable(page)
    started = time.perf_counter()
    data = read_data(path, task_recipes.task)
    text = compare(task_recipes, recipe_name, data, resampling)
    console.print(text, highlight=False, markup=False, soft_wrap=True)
    console.print(f"Took {time.perf_counter() - started:.0f} s.", highlight=False)
    if page is not None:
        write_page(page, text + "\n")


def compare(task_recipes: TaskRecipes, recipe_name: str, data: DataSet, resampling: Resampling) -> str:
    """Train the recipe and all that it is compared with on every fold, and give the page that tells of it."""
    folds = resampling.folds(data.labels)
    recipe = task_recipes.recipes[recipe_name]
    beside = [task_recipes.recipes[name] for name in task_recipes.compared if name != recipe_name]
    reference = task_recipes.recipes.get(REFERENCE, recipe)
    others = baseline_scores(reference, data, folds)
    ours = train_folds(task_recipes, recipe, data, folds)
    parts = {OURS: [result.test for result in ours]}
    for other in beside:
        parts[f"`{other.name}`"] = [result.test for result in train_folds(task_recipes, other, data, folds)]
    told = [
        _introduction(task_recipes, recipe, beside, reference, resampling),
        _comparison(parts | others, resampling),
        _whole(task_recipes, data, ours[: resampling.splits]),
    ]
    return "\n\n".join(told)


def train_folds(
    task_recipes: TaskRecipes, recipe: Recipe, data: DataSet, folds: Folds
) -> list[TrainingResult]:
    """Train the whole recipe on each fold's training rows and judge it on its test rows."""
    return [train_fold(task_recipes, recipe, data, *fold) for fold in folds]


def train_fold(
    task_recipes: TaskRecipes, recipe: Recipe, data: DataSet, train: Labels, test: Labels
) -> TrainingResult:
    """Train the whole recipe on some rows and judge it on the others."""
    folds = cross_fit(train, data.labels, recipe.split.folds, recipe.split.validation_seed)
    return train_on(
        Splits(tuple(folds), test), task_recipes.task, recipe, data, "cpu", lambda _epoch, _stopping: None
    )


def baseline_scores(recipe: Recipe, data: DataSet, folds: Folds) -> dict[str, list[ScoredRows]]:
    """Judge every rival on every fold."""
    frame = features_frame(data.rows)
    return {
        name: [
            ScoredRows(
                data.labels[test],
                baseline_probabilities(
                    build, recipe, frame.iloc[train], data.labels[train], frame.iloc[test]
                ),
            )
            for train, test in folds
        ]
        for name, build in build_baselines().items()
    }


def _introduction(
    task_recipes: TaskRecipes,
    recipe: Recipe,
    beside: Sequence[Recipe],
    reference: Recipe,
    resampling: Resampling,
) -> str:
    folds = resampling.splits * resampling.repeats
    columns = [f"This recipe has {len(recipe.columns)} input columns"]
    columns += [f"the recipe `{other.name}` has {len(other.columns)}" for other in beside]
    return (
        f"# {task_recipes.task.title}: the recipe `{recipe.name}` on {folds} folds\n\n"
        f"Written by `make evaluate`; do not edit. RepeatedStratifiedKFold(n_splits={resampling.splits}, "
        f"n_repeats={resampling.repeats}, random_state={resampling.seed}) over all rows. "
        f"{', '.join(columns)}; the models from elsewhere get the {len(reference.columns)} of the recipe "
        f"`{reference.name}`, encoded as there. "
        "Differences are ours minus theirs on the same folds, with two standard errors: that of independent "
        "folds, and one corrected for the rows that training parts share (Nadeau & Bengio 2003)."
    )


def _comparison(parts: dict[str, list[ScoredRows]], resampling: Resampling) -> str:
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


def _whole(task_recipes: TaskRecipes, data: DataSet, first: list[TrainingResult]) -> str:
    """Tell of the first repeat, in which every row is tested once."""
    indices = np.concatenate([result.parts.test for result in first])
    part = ScoredRows(
        np.concatenate([result.test.labels_B for result in first]),
        np.concatenate([result.test.probabilities_BC for result in first]),
    )
    threshold = choose_threshold(first[0].recipe.operating_points["default"], count_table(part))
    groups = find_subgroups(data, indices, part, task_recipes.groupings, threshold)
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

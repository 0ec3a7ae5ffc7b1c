"""Cross-validation of a whole recipe on 20 folds, beside other recipes and baselines on the same folds.

Preprocessing, ensemble, early stopping and calibration are fitted to the training rows of each fold alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.model_selection import RepeatedStratifiedKFold
from sklearn.pipeline import make_pipeline

from predictor.artefact.card.markdown_table import table
from predictor.artefact.weights import Array
from training.data.dataset import DataSet, Indices, Labels, features_frame
from training.data.split import Splits, stratified_folds
from training.errors import UsageError
from training.evaluation.baselines import build_baselines
from training.evaluation.diagnostics import decision_curve, find_subgroups
from training.evaluation.operating_points import choose_threshold, count_table
from training.preprocessing.inputs import check_values, choose_inputs, drop_constant
from training.preprocessing.pipeline import build_preprocessor
from training.recipe import Recipe
from training.run import ScoredRows, TrainingResult, train
from training.task_recipes import TaskRecipes

EVALUATED = "this recipe"
REFERENCE = "lecture"

# The training and the test rows of each fold.
Folds = list[tuple[Indices, Indices]]


@dataclass(frozen=True)
class Resampling:
    """Repeated stratified k-fold: `splits` folds, drawn `repeats` times."""

    splits: int = 5
    repeats: int = 4

    def folds(self, labels: Labels) -> Folds:
        """Give the training and test indices of each fold; UsageError where a class has too few rows."""
        if np.bincount(labels).min() < self.splits:
            raise UsageError(
                f"The data has a class with fewer than {self.splits} rows; more rows are needed."
            )
        splitter = RepeatedStratifiedKFold(n_splits=self.splits, n_repeats=self.repeats, random_state=0)
        return list(splitter.split(labels, labels))


TWENTY_FOLDS = Resampling()


def compare(task_recipes: TaskRecipes, recipe_name: str, data: DataSet, resampling: Resampling) -> str:
    """Train the recipe, other recipes and the baselines on every fold, and give the results as Markdown."""
    folds = resampling.folds(data.labels)
    for train_rows, _ in folds:
        check_values(data.take(train_rows))
    recipe = task_recipes.recipes[recipe_name]
    compared = [task_recipes.recipes[name] for name in task_recipes.compared if name != recipe_name]
    reference = task_recipes.recipes.get(REFERENCE, recipe)
    baselines = score_baselines(reference, data, folds)
    results = train_folds(recipe, data, folds)
    scored = {EVALUATED: [result.test for result in results]}
    for other in compared:
        scored[f"recipe {other.name}"] = [result.test for result in train_folds(other, data, folds)]
    sections = [
        _introduction(task_recipes, recipe, compared, reference, resampling),
        _comparison(scored | baselines, resampling),
        _diagnostics(task_recipes, data, results[: resampling.splits]),
    ]
    return "\n\n".join(sections)


def train_folds(recipe: Recipe, data: DataSet, folds: Folds) -> list[TrainingResult]:
    """Train the recipe on the training rows of each fold, and score the fold's test rows."""
    results = []
    for train_rows, test_rows in folds:
        members = stratified_folds(train_rows, data.labels, recipe.split.folds, recipe.split.validation_seed)
        results.append(train(recipe, data, splits=Splits(tuple(members), test_rows)))
    return results


def score_baselines(recipe: Recipe, data: DataSet, folds: Folds) -> dict[str, list[ScoredRows]]:
    """Fit every baseline to the training rows of each fold, and score the fold's test rows."""
    frame, labels = features_frame(data.rows), data.labels
    chosen = choose_inputs(recipe, data.task.features)
    scored: dict[str, list[ScoredRows]] = {}
    for name, baseline in build_baselines().items():
        scored[name] = []
        for train_rows, test_rows in folds:
            inputs, _ = drop_constant(chosen, data.take(train_rows))
            pipeline = make_pipeline(build_preprocessor(recipe, inputs), baseline)
            pipeline.fit(frame.iloc[train_rows], labels[train_rows])
            probabilities_BC = pipeline.predict_proba(frame.iloc[test_rows])[:, 1:].astype(np.float64)
            scored[name].append(ScoredRows(labels[test_rows], probabilities_BC))
    return scored


def _introduction(
    task_recipes: TaskRecipes,
    recipe: Recipe,
    compared: Sequence[Recipe],
    reference: Recipe,
    resampling: Resampling,
) -> str:
    folds = resampling.splits * resampling.repeats
    counts = {
        of.name: len(choose_inputs(of, task_recipes.task.features).columns)
        for of in (recipe, *compared, reference)
    }
    columns = [f"This recipe has {counts[recipe.name]} input columns"]
    columns += [f"the recipe `{other.name}` has {counts[other.name]}" for other in compared]
    return (
        f"# {task_recipes.task.title}: the recipe `{recipe.name}` on {folds} folds\n\n"
        f"Written by `make evaluate`; do not edit. RepeatedStratifiedKFold(n_splits={resampling.splits}, "
        f"n_repeats={resampling.repeats}, random_state=0) over all rows. "
        f"{', '.join(columns)}; the baselines use the {counts[reference.name]} columns of the recipe "
        f"`{reference.name}` with its preprocessing. "
        "A difference is this recipe minus the other model on the same folds. In brackets are two standard "
        "errors: for independent folds, and corrected for training rows that the folds share (Nadeau & "
        "Bengio 2003)."
    )


def _comparison(scored: dict[str, list[ScoredRows]], resampling: Resampling) -> str:
    metrics_by_model = {
        model: pd.DataFrame(rows.metrics() for rows in folds) for model, folds in scored.items()
    }
    means = [(model, *metrics.mean().tolist()) for model, metrics in metrics_by_model.items()]
    evaluated = metrics_by_model.pop(EVALUATED)
    differences = []
    for model, metrics in metrics_by_model.items():
        of_folds = (evaluated - metrics).to_numpy().T
        differences.append((f"{EVALUATED} - {model}", *(_difference(each, resampling) for each in of_folds)))
    tables = [table(("model", *evaluated), means), table(("difference", *evaluated), differences)]
    return "\n\n".join(["## Means over the folds", *tables])


def _difference(of_folds: Array, resampling: Resampling) -> str:
    deviation = float(of_folds.std(ddof=1))
    independent = deviation / np.sqrt(len(of_folds))
    corrected = deviation * np.sqrt(1 / len(of_folds) + 1 / (resampling.splits - 1))
    return f"{of_folds.mean():+.4f} ({independent:.4f}, {corrected:.4f})"


def _diagnostics(task_recipes: TaskRecipes, data: DataSet, first_repeat: list[TrainingResult]) -> str:
    """Write subgroups and decision curve; in the first repeat every row is a test row once."""
    indices = np.concatenate([result.splits.test for result in first_repeat])
    scored = ScoredRows(
        np.concatenate([result.test.labels_B for result in first_repeat]),
        np.concatenate([result.test.probabilities_BC for result in first_repeat]),
    )
    counts = count_table(scored)
    rules = first_repeat[0].recipe.operating_points
    points = {name: choose_threshold(rule, counts) for name, rule in rules.items()}
    groups = find_subgroups(data, indices, scored, task_recipes.groupings, points["default"])
    names = list(dict.fromkeys(name for group in groups for name in group.figures))
    rows = [
        [g.by, g.group, g.rows, "fewer than 10" if g.events is None else g.events, *map(g.figures.get, names)]
        for g in groups
    ]
    curve = [
        (point.threshold, point.model, point.flag_all) for point in decision_curve(scored, points.values())
    ]
    return (
        f"## Subgroups, each row tested once\n\n{table(('by', 'group', 'rows', 'events', *names), rows)}\n\n"
        f"## Decision curve\n\n{table(('threshold', 'model', 'flagging every row'), curve)}"
    )

"""The models that are compared, read from their folders, and the test rows that they have in common."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydantic import ValidationError

from predictor.artefact.manifest import Manifest
from predictor.artefact.reader import Artefact, find_version, read_artefact
from predictor.artefact.weights import Array
from predictor.model.predictor import Predictor, build_predictor
from predictor.schema.errors import PredictorError, SchemaMismatch
from predictor.schema.features import Features
from predictor.schema.task import Task
from training.data.dataset import DataSet, Indices
from training.data.split import split_rows
from training.errors import UsageError
from training.learning.metrics import all_metrics
from training.recipe import Recipe

# The exported model differs from the trained one by rounding.
TOLERANCE = 1e-5
CHECKED_METRICS = ("loss", "brier")


@dataclass(frozen=True)
class Candidate:
    """One model: its folder as it was given, and everything that its manifest says."""

    folder: Path
    # None where the task now has other features or classes.
    predictor: Predictor | None
    manifest: Manifest
    recipe: Recipe

    def probabilities(self, rows: Sequence[Features]) -> Array:
        """Predict rows of the task; UsageError where it now has other features."""
        if self.predictor is None:
            raise UsageError(f"{self.folder} was trained for other features than {self.manifest.task} has.")
        return self.predictor.probabilities(rows)


def find_task_name(folders: Sequence[Path]) -> str:
    """Give the name of the task of all models; UsageError where they have several tasks."""
    names = {}
    for folder in folders:
        with _as_usage_errors():
            names[folder] = read_artefact(find_version(folder)).manifest.task
    if len(set(names.values())) > 1:
        listed = ", ".join(f"{folder} is a model of {name}" for folder, name in names.items())
        raise UsageError(f"Models of several tasks cannot be compared: {listed}.")
    return names[folders[0]]


def read_candidate(folder: Path, task: Task) -> Candidate:
    """Read a model; UsageError names the folder that cannot be compared."""
    with _as_usage_errors():
        artefact = read_artefact(find_version(folder))
        predictor = _build_if_possible(artefact, task)
    manifest = artefact.manifest
    try:
        recipe = Recipe.model_validate(manifest.recipe)
    except ValidationError:
        raise UsageError(
            f"{folder}: its recipe has the format of an earlier version of this program; train it again."
        ) from None
    return Candidate(folder, predictor, manifest, recipe)


def _build_if_possible(artefact: Artefact, task: Task) -> Predictor | None:
    try:
        return build_predictor(artefact, task, "cpu")
    except SchemaMismatch:
        return None


@contextmanager
def _as_usage_errors() -> Iterator[None]:
    try:
        yield
    except PredictorError as error:
        raise UsageError(str(error)) from None


def find_common_rows(candidates: Sequence[Candidate], data: DataSet) -> Indices:
    """Give the rows that are test rows of every model, ascending.

    UsageError where the data is not that of the models, or its rows stand in another order.
    """
    fingerprint = data.fingerprint()
    for candidate in candidates:
        if candidate.manifest.data.fingerprint != fingerprint:
            raise UsageError(
                f"The data is not that of {candidate.folder}: rows are missing, added or changed; "
                "without the same test rows there is no paired difference."
            )
    test_rows = [_find_test_rows(candidate, data) for candidate in candidates]
    common = test_rows[0]
    for rows in test_rows[1:]:
        common = np.intersect1d(common, rows)
    _check_common(common, data)
    return common


def _find_test_rows(candidate: Candidate, data: DataSet) -> Indices:
    """Give the model's test rows; UsageError where it does not have its recorded metrics on them."""
    rows = np.sort(split_rows(data, candidate.recipe.split).test)
    found = all_metrics(data.labels[rows], candidate.probabilities(data.take(rows)))
    recorded = candidate.manifest.metrics.test
    if any(abs(found[name] - recorded[name]) > TOLERANCE for name in CHECKED_METRICS):
        raise UsageError(
            f"{candidate.folder} does not have its recorded metrics on its test rows: the rows of the data "
            "stand in another order than in its training, so its test rows are not known."
        )
    return rows


def _check_common(common: Indices, data: DataSet) -> None:
    if not common.size:
        raise UsageError("The models have no test row in common, because their recipes split differently.")
    counts = data.class_counts(common)
    for name in (name for name, count in counts.items() if count == 0):
        raise UsageError(
            f"The models have {common.size} test rows in common, but none of them is {name}; "
            "use recipes with the same split."
        )

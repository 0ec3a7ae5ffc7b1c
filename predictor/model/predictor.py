"""A loaded model, which predicts rows: probabilities, prediction sets and warnings.

Shapes: B rows, K used columns, C outputs.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from pydantic import ValidationError

from predictor.artefact.manifest import Manifest
from predictor.artefact.reader import MANIFEST, Artefact, corrupt_artefact, newest_version, read_artefact
from predictor.artefact.weights import Array
from predictor.engines.activations import logit
from predictor.engines.draws import without_draws
from predictor.engines.encoding import raw_matrix
from predictor.engines.engine import Engine
from predictor.engines.selection import Device, choose_engine
from predictor.model.ensemble import VALUES_PER_OUTPUT, Ensemble
from predictor.model.input_warnings import InputChecks
from predictor.model.missing_values import ImputationRanges
from predictor.model.prediction_sets import DEFAULT_ERROR_RATE, PredictionSets
from predictor.model.predictions import Predictions
from predictor.model.rows import Rows, index_of, read_rows
from predictor.model.schema_difference import describe_difference
from predictor.schema.errors import (
    ArtefactCorrupt,
    PredictionNotFinite,
    SchemaMismatch,
    describe_errors,
    training_command,
)
from predictor.schema.features import Features
from predictor.schema.task import Task


class Predictor:
    """The loaded model of one task."""

    def __init__(
        self, task: Task, artefact: Artefact, engine: Engine, prevalence: float | None = None
    ) -> None:
        self.task = task
        self.manifest: Manifest = artefact.manifest
        self.folder = artefact.folder
        self.engine = engine
        members, shift = artefact.model.shape.members, prevalence_shift(artefact.manifest, prevalence)
        self._ensemble = Ensemble(members, PredictionSets(artefact.manifest.conformal), shift)
        # The columns of the task also know their fields' names in Python.
        features = [
            record.model_copy(update={"column": column})
            for record, column in zip(artefact.manifest.features, task.features.columns(), strict=True)
        ]
        self._input_checks = InputChecks(features, engine.columns, artefact.manifest.limits)
        self._imputation_ranges = ImputationRanges(features, engine.columns)

    def predict(self, rows: Rows, error_rate: float = DEFAULT_ERROR_RATE) -> Predictions:
        """Predict rows: dicts, a DataFrame, an Arrow table, or the task's own features (the fastest).

        A row's prediction does not depend on the other rows, except very rarely in the ninth decimal
        (`predictor.engines.single_row`). `error_rate`, between 0 and 1, is the rate at which the prediction
        sets of a class's rows may miss that class. Raises InvalidRow, and PredictionNotFinite instead of
        returning NaN or infinity.
        """
        features = read_rows(rows, self.task.features)
        is_small = len(features) <= self.engine.few_rows
        predict = self._predict_one_by_one if is_small else self._predict_together
        try:
            predictions = predict(features, error_rate)
        except PredictionNotFinite as error:
            raise PredictionNotFinite(f"The model in {self.folder} is broken: {error}") from None
        if any(predictions.warnings):
            self._imputation_ranges.add_ranges(predictions.warnings, features, self._probabilities_of_grid)
        if features is not rows:
            predictions.index = index_of(rows)
        return predictions

    def probabilities(self, rows: Sequence[Features]) -> Array:
        """Give the probabilities (B, C), not rounded."""
        return self._probabilities(raw_matrix(rows, self.engine.columns))

    def _probabilities(self, raw_BK: Array) -> Array:
        return self._ensemble.probabilities(self.engine.calibrated_logits(raw_BK))

    def _probabilities_of_grid(self, raw_BK: Array) -> Array:
        # A grid has many rows, and each of them would cost as much as all its draws.
        return self._probabilities(without_draws(self.engine, raw_BK))

    def _predict_one_by_one(self, rows: Sequence[Features], error_rate: float) -> Predictions:
        numbers: list[float] = []
        is_member: list[bool] = []
        for row in rows:
            logits_MC = self.engine.calibrated_logits_of_row(row)
            numbers_of_row, is_member_of_row = self._ensemble.predict_row(logits_MC, error_rate)
            numbers += numbers_of_row
            is_member += is_member_of_row
        warnings = [self._input_checks.check_row(row) for row in rows]
        return Predictions(numbers, is_member, warnings, self.manifest)

    def _predict_together(self, rows: Sequence[Features], error_rate: float) -> Predictions:
        raw_BK = raw_matrix(rows, self.engine.columns)
        logits_MBC = self.engine.calibrated_logits(raw_BK)
        numbers, is_member = self._ensemble.predict(logits_MBC, error_rate)
        return Predictions(numbers, is_member, self._input_checks.check(rows, raw_BK), self.manifest)

    def check_golden_rows(self) -> None:
        """Predict the manifest's golden rows; ArtefactCorrupt if a probability is another one."""
        golden = self.manifest.golden
        rows = [self.task.features.model_validate(row) for row in golden.rows]
        expected_BC = np.array(golden.probabilities)
        together_BC = self.probabilities(rows)
        alone_BC = np.array([self.predict([row]).numbers[::VALUES_PER_OUTPUT] for row in rows])
        difference = np.abs([together_BC - expected_BC, alone_BC - expected_BC]).max()
        # Negated, so that a NaN also fails.
        if not difference <= self.engine.tolerance:
            raise ArtefactCorrupt(
                f"The model in {self.folder} does not reproduce its golden rows on {self.engine.device}; "
                "restore it, or train it again."
            )


def prevalence_shift(manifest: Manifest, prevalence: float | None) -> float:
    """Give the shift of the logit for another prevalence (prior correction, King & Zeng 2001).

    ValueError unless the prevalence lies between 0 and 1 and the task is binary.
    """
    if prevalence is None:
        return 0.0
    if manifest.kind != "binary":
        raise ValueError(f"A prevalence is for a task of two classes, and {manifest.task} has more.")
    if not 0 < prevalence < 1:
        raise ValueError("A prevalence lies between 0 and 1.")
    negatives, positives = manifest.data.train_class_counts.values()
    return logit(prevalence) - logit(positives / (positives + negatives))


def load_predictor(
    models: Path,
    task: Task,
    device: Device = "auto",
    prevalence: float | None = None,
    public_key: Path | None = None,
) -> Predictor:
    """Load the newest version of a task's model and check it on its golden rows.

    Raises ArtefactMissing, ArtefactCorrupt, ArtefactUntrusted, KeyUnusable, SchemaMismatch or
    DeviceUnavailable; each text says what to do.
    """
    return read_predictor(newest_version(models, task.name), task, device, prevalence, public_key)


def read_predictor(
    folder: Path,
    task: Task,
    device: Device = "auto",
    prevalence: float | None = None,
    public_key: Path | None = None,
) -> Predictor:
    """Load the model in a version's folder; see `load_predictor`. `prevalence` is for binary tasks."""
    return build_predictor(read_artefact(folder, public_key), task, device, prevalence)


def build_predictor(
    artefact: Artefact, task: Task, device: Device = "auto", prevalence: float | None = None
) -> Predictor:
    """Build the predictor of an artefact and check it on its golden rows; see `load_predictor`."""
    _check_schema(artefact, task)
    engine = choose_engine(artefact.model, task.features.columns(), device)
    try:
        Predictor(task, artefact, engine).check_golden_rows()
    except (IndexError, KeyError, TypeError, ValueError):
        raise corrupt_artefact(artefact.folder, "the fields of its manifest contradict each other") from None
    return Predictor(task, artefact, engine, prevalence)


def _check_schema(artefact: Artefact, task: Task) -> None:
    manifest, folder = artefact.manifest, artefact.folder
    is_same_task = (manifest.task, manifest.kind, manifest.classes) == (task.name, task.kind, task.classes)
    if not is_same_task or manifest.features_fingerprint != task.features.fingerprint():
        raise SchemaMismatch(
            f"The model in {folder} was trained for other features or classes than task {task.name} now has: "
            f"{describe_difference(manifest, task)}; train it again with {training_command(task.name)}."
        )
    columns = [feature.column.facts() for feature in manifest.features]
    if columns != [column.facts() for column in task.features.columns()]:
        raise corrupt_artefact(
            folder, f"{MANIFEST}: features: must be the columns of the task, in their order"
        )
    for index, row in enumerate(manifest.golden.rows):
        try:
            task.features.model_validate(row)
        except ValidationError as error:
            reason = f"{MANIFEST}: golden.rows.{index}.{describe_errors(error)[0]}"
            raise corrupt_artefact(folder, reason) from None

"""A loaded model: asked with rows, it answers with calibrated probabilities and warnings.

Shapes: B rows, K columns read, C outputs, L classes.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from predictor.artefact.manifest import Manifest
from predictor.artefact.reader import MANIFEST, Artefact, corrupt_artefact, newest_version, read_artefact
from predictor.artefact.weights import Array
from predictor.engines.activations import logit
from predictor.engines.encoding import raw_matrix
from predictor.engines.selection import Device, Engine, choose_engine
from predictor.model.ensemble import NUMBERS, Ensemble
from predictor.model.input_warnings import InputChecks, Warnings
from predictor.model.missing_values import Imputation
from predictor.model.prediction_sets import DEFAULT_ERROR_RATE, PredictionSets
from predictor.schema.errors import AnswerNotFinite, ArtefactCorrupt, SchemaMismatch
from predictor.schema.features import Features
from predictor.schema.task import Task


class Predictions(NamedTuple):
    """Answers to rows in the order given; all numbers are rounded to nine decimals.

    `numbers` and `is_member` are flat, as `predictor.model.ensemble` makes them: of each output its probability
    and the two ends of its spread, and of each class whether it cannot be ruled out. A binary task has
    one output, the second class.
    """

    numbers: Sequence[float]
    is_member: Sequence[bool]
    warnings: list[Warnings]

    def rows(self) -> "list[Predictions]":
        """Give the predictions of each row by itself."""
        count = len(self.warnings)
        numbers = zip(*[iter(self.numbers)] * (len(self.numbers) // count), strict=True)
        is_member = zip(*[iter(self.is_member)] * (len(self.is_member) // count), strict=True)
        return list(map(Predictions, numbers, is_member, map(list, zip(self.warnings, strict=True))))

    @property
    def probabilities_BC(self) -> Array:  # noqa: N802 (shapes are in names)
        """Give the probability of each output."""
        return self._numbers_BC3()[:, :, 0]

    @property
    def spreads_BC2(self) -> Array:  # noqa: N802
        """Give the 5th and 95th percentile of the members' probabilities of each output."""
        return self._numbers_BC3()[:, :, 1:]

    @property
    def sets_BL(self) -> NDArray[np.bool_]:  # noqa: N802
        """Say of each class whether it cannot be ruled out."""
        rows = len(self.warnings)
        return np.reshape(self.is_member, (rows, len(self.is_member) // max(1, rows)))

    def _numbers_BC3(self) -> Array:  # noqa: N802
        rows = len(self.warnings)
        return np.reshape(self.numbers, (rows, len(self.numbers) // max(1, NUMBERS * rows), NUMBERS))


class Predictor:
    """One task's model, ready to answer."""

    def __init__(
        self, task: Task, artefact: Artefact, engine: Engine, prevalence: float | None = None
    ) -> None:
        self.task = task
        self.manifest: Manifest = artefact.manifest
        self.folder = artefact.folder
        self.engine = engine
        members, shift = artefact.model.shape.members, prevalence_shift(artefact.manifest, prevalence)
        self._ensemble = Ensemble(members, PredictionSets(artefact.manifest.conformal), shift)
        self._input_checks = InputChecks(artefact.manifest.features, engine.columns)
        self._imputation = Imputation(artefact.manifest.features, engine.columns)

    def predict(self, rows: Sequence[Features], error_rate: float = DEFAULT_ERROR_RATE) -> Predictions:
        """Answer rows of the task's own features; pure, and the same whatever else is in the batch.

        For the one exception, in the ninth decimal, see `predictor.engines.single_row`.
        Raises AnswerNotFinite rather than give NaN or infinity.
        """
        try:
            # `make bench PARTS=stages` times both ways.
            is_few = len(rows) <= self.engine.few_rows
            predictions = (self._one_by_one if is_few else self._together)(rows, error_rate)
        except AnswerNotFinite as error:
            raise AnswerNotFinite(f"The model in {self.folder} is broken: {error}") from None
        if any(predictions.warnings):
            self._imputation.tell(predictions.warnings, rows, self._probabilities)
        return predictions

    def probabilities(self, rows: Sequence[Features]) -> Array:
        """Give calibrated probabilities (B, C), not rounded."""
        return self._probabilities(raw_matrix(rows, self.engine.columns))

    def _probabilities(self, raw_BK: Array) -> Array:
        return self._ensemble.probabilities(self.engine.calibrated_logits(raw_BK))

    def _one_by_one(self, rows: Sequence[Features], error_rate: float) -> Predictions:
        numbers: list[float] = []
        is_member: list[bool] = []
        for row in rows:
            logits_MC = self.engine.calibrated_logits_of_row(row)
            numbers_of_row, is_member_of_row = self._ensemble.answer_row(logits_MC, error_rate)
            numbers += numbers_of_row
            is_member += is_member_of_row
        return Predictions(numbers, is_member, [self._input_checks.of_row(row) for row in rows])

    def _together(self, rows: Sequence[Features], error_rate: float) -> Predictions:
        raw_BK = raw_matrix(rows, self.engine.columns)
        logits_MBC = self.engine.calibrated_logits(raw_BK)
        return Predictions(*self._ensemble.answer(logits_MBC, error_rate), self._input_checks(rows, raw_BK))

    def check_golden_rows(self) -> None:
        """Answer the manifest's golden rows; ArtefactCorrupt where an answer is not the promised one."""
        golden = self.manifest.golden
        rows = [self.task.features.model_validate(row) for row in golden.rows]
        promised_BC = np.array(golden.probabilities)
        together_BC = self.probabilities(rows)
        alone_BC = np.concatenate([self.predict([row]).probabilities_BC for row in rows])
        difference = np.abs([together_BC - promised_BC, alone_BC - promised_BC]).max()
        # Written so that NaN fails, too.
        if not difference <= self.engine.tolerance:
            raise ArtefactCorrupt(
                f"The model in {self.folder} does not reproduce its golden rows on {self.engine.device}; "
                "restore it, or train it again."
            )


def prevalence_shift(manifest: Manifest, prevalence: float | None) -> float:
    """Give what a deployment's own prevalence adds to the logit (King & Zeng 2001, prior correction)."""
    if prevalence is None:
        return 0.0
    if manifest.kind != "binary":
        raise ValueError(f"A prevalence is for a task of two classes, and {manifest.task} has more.")
    negatives, positives = manifest.data.train_class_counts.values()
    return logit(prevalence) - logit(positives / (positives + negatives))


def load_predictor(
    models: Path,
    task: Task,
    device: Device = "auto",
    prevalence: float | None = None,
    public_key: Path | None = None,
) -> Predictor:
    """Load the newest version of a task's model and prove it on its golden rows.

    Raises ArtefactMissing, ArtefactCorrupt, ArtefactUntrusted, KeyUnusable, SchemaMismatch or
    DeviceUnavailable, each with what to do.
    """
    return read_predictor(newest_version(models, task.name), task, device, prevalence, public_key)


def read_predictor(
    folder: Path,
    task: Task,
    device: Device = "auto",
    prevalence: float | None = None,
    public_key: Path | None = None,
) -> Predictor:
    """Load one version folder; see `load_predictor`. `prevalence` is for binary tasks."""
    artefact = read_artefact(folder, public_key)
    _check_schema(artefact, task)
    engine = choose_engine(artefact.model, task.features.columns(), device)
    try:
        Predictor(task, artefact, engine).check_golden_rows()
    except (IndexError, KeyError, TypeError, ValueError):
        raise corrupt_artefact(folder, "the parts of its manifest do not fit together") from None
    return Predictor(task, artefact, engine, prevalence)


def _check_schema(artefact: Artefact, task: Task) -> None:
    manifest = artefact.manifest
    same_question = (manifest.task, manifest.kind, manifest.classes) == (
        task.name,
        task.kind,
        task.classes,
    )
    if not same_question or manifest.features_fingerprint != task.features.fingerprint():
        raise SchemaMismatch(
            f"The model in {artefact.folder} was trained for other features or classes than task {task.name} "
            f"has now; train it again with `python -m training {task.name}`."
        )
    try:
        manifest.check_task(task)
    except ArtefactCorrupt as error:
        raise corrupt_artefact(artefact.folder, f"{MANIFEST}: {error}") from None

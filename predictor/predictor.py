"""A loaded model: asked with rows, it answers with calibrated probabilities and warnings.

Shapes: B rows, K raw columns, F encoded features, M members, C outputs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from predictor.artefact import MANIFEST, Artefact, newest_version, read_artefact
from predictor.encoding import Encoder, raw_matrix
from predictor.engine import Device, Engine, choose_engine
from predictor.errors import AnswerNotFinite, ArtefactCorrupt, SchemaMismatch
from predictor.features import Features
from predictor.heads import logit, probabilities_from_logits
from predictor.imputation import tell_imputed
from predictor.lowered import Array
from predictor.manifest import Manifest
from predictor.row_warnings import RowWarning, Watch
from predictor.task import Task
from predictor.uncertainty import DEFAULT_ERROR_RATE, PredictionSets, spread


@dataclass(frozen=True)
class Predictions:
    """Answers to B rows, in the order given; for a binary task C is 1: the second class.

    `spread_2BC` is the 5th and 95th percentile of the members' probabilities, `sets_BK` says which of
    the K classes cannot be ruled out.
    """

    probabilities_BC: Array
    spread_2BC: Array
    sets_BK: Array
    warnings: list[list[RowWarning]]


class Predictor:
    """One task's model, ready to answer."""

    def __init__(
        self, task: Task, artefact: Artefact, engine: Engine, prevalence: float | None = None
    ) -> None:
        self.task = task
        self.manifest: Manifest = artefact.manifest
        self.folder = artefact.folder
        self.engine = engine
        self._model = artefact.model
        self._columns = task.features.columns()
        self._encode = Encoder(self._columns, artefact.model)
        self._watch = Watch(artefact.manifest.features)
        self._sets = PredictionSets(artefact.manifest.conformal)
        self._shift = prevalence_shift(artefact.manifest, prevalence)

    def predict(self, rows: Sequence[Features], error_rate: float = DEFAULT_ERROR_RATE) -> Predictions:
        """Answer rows of the task's own features; pure, and the same whatever else is in the batch.

        Raises AnswerNotFinite rather than give NaN or infinity.
        """
        raw_BK = raw_matrix(rows, self._columns)
        logits_MBC = self._calibrated_logits(raw_BK)
        trained_BC = logits_MBC.mean(axis=0)
        probabilities_BC = probabilities_from_logits(trained_BC + self._shift)
        if not np.isfinite(probabilities_BC).all():
            raise AnswerNotFinite(f"The model in {self.folder} gave a probability that is not a number.")
        return Predictions(
            probabilities_BC,
            spread(probabilities_from_logits(logits_MBC + self._shift)),
            # Conditional on the class, so prevalence plays no part.
            self._sets(probabilities_from_logits(trained_BC), error_rate),
            self._warn(raw_BK),
        )

    def probabilities(self, raw_BK: Array) -> Array:
        """Give calibrated probabilities (B, C) for rows as `raw_matrix` writes them."""
        return probabilities_from_logits(self._calibrated_logits(raw_BK).mean(axis=0) + self._shift)

    def _calibrated_logits(self, raw_BK: Array) -> Array:
        # The calibration is affine, so it may be applied to each member before the mean.
        logits_MBC: Array = self.engine.logits(self._encode(raw_BK))
        calibrated_MBC: Array = self._model.slope * logits_MBC + self._model.intercept_C
        return calibrated_MBC

    def _warn(self, raw_BK: Array) -> list[list[RowWarning]]:
        found = self._watch(raw_BK)
        for b in np.flatnonzero(np.isnan(raw_BK).any(axis=1)):
            found[b] = tell_imputed(raw_BK[b], self.manifest.features, found[b], self.probabilities)
        return found

    def check_golden_rows(self) -> None:
        """Answer the manifest's golden rows; ArtefactCorrupt where an answer is not the promised one."""
        golden = self.manifest.golden
        rows = [self.task.features.model_validate(row) for row in golden.rows]
        answered_BC = self.predict(rows).probabilities_BC
        difference = np.abs(answered_BC - np.array(golden.probabilities)).max()
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
    negatives, positives = manifest.data.train_class_counts.values()
    return logit(prevalence) - logit(positives / (positives + negatives))


def load_predictor(
    models: Path, task: Task, device: Device = "auto", prevalence: float | None = None
) -> Predictor:
    """Load the newest version of a task's model and prove it on its golden rows.

    Raises ArtefactMissing, ArtefactCorrupt, SchemaMismatch or DeviceUnavailable, each with what to do.
    """
    return read_predictor(newest_version(models, task.name), task, device, prevalence)


def read_predictor(
    folder: Path, task: Task, device: Device = "auto", prevalence: float | None = None
) -> Predictor:
    """Load one version folder; see `load_predictor`. `prevalence` is for binary tasks."""
    artefact = read_artefact(folder)
    _check_schema(artefact, task)
    engine = choose_engine(artefact.model, device)
    try:
        Predictor(task, artefact, engine).check_golden_rows()
    except (IndexError, KeyError, TypeError, ValueError):
        raise ArtefactCorrupt(
            f"The model in {folder} is broken: the parts of its manifest do not fit together; "
            "restore it, or train it again."
        ) from None
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
        raise ArtefactCorrupt(
            f"The model in {artefact.folder} is broken: {MANIFEST}: {error}; restore it, or train it again."
        ) from None

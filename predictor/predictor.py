"""A loaded model: asked with rows, it answers with calibrated probabilities and warnings.

Shapes: B rows, K raw columns, F encoded features, M members, C outputs.
"""

from collections.abc import Sequence
from math import isfinite
from pathlib import Path
from typing import NamedTuple

import numpy as np

from predictor import one_row
from predictor.artefact import MANIFEST, Artefact, broken, newest_version, read_artefact
from predictor.encoding import raw_matrix
from predictor.engine import Device, Engine, choose_engine
from predictor.errors import AnswerNotFinite, ArtefactCorrupt, SchemaMismatch
from predictor.features import Features
from predictor.heads import logit, probabilities_from_logits, rounded
from predictor.imputation import tell_imputed
from predictor.lowered import Array
from predictor.manifest import Manifest
from predictor.numpy_engine import NumpyEngine
from predictor.row_warnings import RowWarning, Watch
from predictor.task import Task
from predictor.uncertainty import DEFAULT_ERROR_RATE, PredictionSets, places_of, spread


class Predictions(NamedTuple):
    """Answers to rows in the order given, one list a row; all numbers are rounded to nine decimals.

    A binary task has one probability, that of the second class. `spreads` holds the 5th and 95th
    percentile of the members' probabilities for each of them, `sets` whether each class cannot be
    ruled out.
    """

    probabilities: list[list[float]]
    spreads: list[list[list[float]]]
    sets: list[list[bool]]
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
        self._columns = task.features.columns()
        self._names = [column.name for column in self._columns]
        self._watch = Watch(artefact.manifest.features)
        self._sets = PredictionSets(artefact.manifest.conformal)
        self._shift = prevalence_shift(artefact.manifest, prevalence)
        near, far, weight = places_of(artefact.model.shape.members)
        self._places = list(zip(near, far, weight.ravel().tolist(), strict=True))

    def predict(self, rows: Sequence[Features], error_rate: float = DEFAULT_ERROR_RATE) -> Predictions:
        """Answer rows of the task's own features; pure, and the same whatever else is in the batch.

        Raises AnswerNotFinite rather than give NaN or infinity.
        """
        if len(rows) == 1 and isinstance(self.engine, NumpyEngine):
            return self._predict_row(rows[0], self.engine, error_rate)
        raw_BK = raw_matrix(rows, self._columns)
        logits_MBC = self.engine.calibrated_logits(raw_BK)
        trained_BC = logits_MBC.mean(axis=0)
        probabilities_BC = rounded(probabilities_from_logits(trained_BC + self._shift))
        self._refuse_unless(bool(np.isfinite(probabilities_BC).all()))
        spread_2BC = rounded(spread(probabilities_from_logits(logits_MBC + self._shift)))
        # Conditional on the class, so prevalence plays no part.
        sets_BK = self._sets(rounded(probabilities_from_logits(trained_BC)), error_rate)
        return Predictions(
            probabilities_BC.tolist(),
            spread_2BC.transpose(1, 2, 0).tolist(),
            sets_BK.tolist(),
            self._warn(raw_BK),
        )

    def _predict_row(self, row: Features, engine: NumpyEngine, error_rate: float) -> Predictions:
        # A model's own dictionary is quicker to read than its attributes.
        values = list(map(row.__dict__.__getitem__, self._names))
        logits_MC = engine.calibrated_logits_of_row(values)
        self._refuse_unless(isfinite(logits_MC.sum()))
        if logits_MC.shape[1] == 1:
            logits_M = logits_MC[:, 0].tolist()
            probabilities, spreads = one_row.answer_binary(logits_M, self._shift, self._places)
            trained = one_row.answer_binary(logits_M, 0.0, ())[0] if self._shift else probabilities
        else:
            probabilities, spreads = one_row.answer_multiclass(logits_MC.tolist(), self._places)
            trained = probabilities
        warnings = self._watch.of_row(values)
        if warnings and any(warning.code == "imputed" for warning in warnings):
            (warnings,) = self._warn(raw_matrix([row], self._columns))
        prediction_set = one_row.prediction_set(trained, self._sets.cutoffs(error_rate))
        return Predictions([probabilities], [spreads], [prediction_set], [warnings])

    def _refuse_unless(self, is_finite: bool) -> None:
        if not is_finite:
            raise AnswerNotFinite(f"The model in {self.folder} gave a probability that is not a number.")

    def probabilities(self, raw_BK: Array) -> Array:
        """Give calibrated probabilities (B, C), not rounded, for rows as `raw_matrix` writes them."""
        return probabilities_from_logits(self.engine.calibrated_logits(raw_BK).mean(axis=0) + self._shift)

    def _warn(self, raw_BK: Array) -> list[list[RowWarning]]:
        found = self._watch(raw_BK)
        for b in np.flatnonzero(np.isnan(raw_BK).any(axis=1)):
            found[b] = tell_imputed(raw_BK[b], self.manifest.features, found[b], self.probabilities)
        return found

    def check_golden_rows(self) -> None:
        """Answer the manifest's golden rows; ArtefactCorrupt where an answer is not the promised one."""
        golden = self.manifest.golden
        rows = [self.task.features.model_validate(row) for row in golden.rows]
        promised_BC = np.array(golden.probabilities)
        together_BC = self.probabilities(raw_matrix(rows, self._columns))
        alone_BC = np.array([self.predict([row]).probabilities[0] for row in rows])
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
        raise broken(folder, "the parts of its manifest do not fit together") from None
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
        raise broken(artefact.folder, f"{MANIFEST}: {error}") from None

"""A loaded model: asked with rows, it answers with calibrated probabilities and warnings.

Shapes: B rows, K raw columns, F encoded features, M members, C outputs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from predictor.artefact import Artefact, newest_version, read_artefact
from predictor.encoding import Encoder, raw_matrix
from predictor.engine import Device, Engine, choose_engine
from predictor.errors import AnswerNotFinite, ArtefactCorrupt, SchemaMismatch
from predictor.features import Features
from predictor.heads import probabilities_from_logits
from predictor.lowered import Array
from predictor.manifest import Manifest
from predictor.row_warnings import RowWarning, Watch
from predictor.task import Task


@dataclass(frozen=True)
class Predictions:
    """Answers to B rows, in the order given; for a binary task C is 1: the second class."""

    probabilities_BC: Array
    warnings: list[list[RowWarning]]


class Predictor:
    """One task's model, ready to answer."""

    def __init__(self, task: Task, artefact: Artefact, engine: Engine) -> None:
        self.task = task
        self.manifest: Manifest = artefact.manifest
        self.folder = artefact.folder
        self.engine = engine
        self._model = artefact.model
        self._columns = task.features.columns()
        self._encode = Encoder(self._columns, artefact.model)
        self._watch = Watch(artefact.manifest.features)

    def predict(self, rows: Sequence[Features]) -> Predictions:
        """Answer rows of the task's own features; pure, and the same whatever else is in the batch.

        Raises AnswerNotFinite rather than give NaN or infinity.
        """
        raw_BK = raw_matrix(rows, self._columns)
        probabilities_BC = self.probabilities(raw_BK)
        if not np.isfinite(probabilities_BC).all():
            raise AnswerNotFinite(f"The model in {self.folder} gave a probability that is not a number.")
        return Predictions(probabilities_BC, self._watch(raw_BK))

    def probabilities(self, raw_BK: Array) -> Array:
        """Give calibrated probabilities (B, C) for rows as `raw_matrix` writes them."""
        logits_MBC = self.engine.logits(self._encode(raw_BK))
        logits_BC = self._model.slope * logits_MBC.mean(axis=0) + self._model.intercept_C
        return probabilities_from_logits(logits_BC)

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


def load_predictor(models: Path, task: Task, device: Device = "auto") -> Predictor:
    """Load the newest version of a task's model and prove it on its golden rows.

    Raises ArtefactMissing, ArtefactCorrupt, SchemaMismatch or DeviceUnavailable, each with what to do.
    """
    return read_predictor(newest_version(models, task.name), task, device)


def read_predictor(folder: Path, task: Task, device: Device = "auto") -> Predictor:
    """Load one version folder; see `load_predictor`."""
    artefact = read_artefact(folder)
    _check_schema(artefact, task)
    engine = choose_engine(artefact.model, device)
    try:
        predictor = Predictor(task, artefact, engine)
        predictor.check_golden_rows()
    except (IndexError, KeyError, TypeError, ValueError):
        raise ArtefactCorrupt(
            f"The model in {folder} is broken: the parts of its manifest do not fit together; "
            "restore it, or train it again."
        ) from None
    return predictor


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

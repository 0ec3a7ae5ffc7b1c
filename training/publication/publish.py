"""Publication: an artefact is written to a temporary folder, compared with the original, and renamed."""

import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import joblib
import numpy as np
from safetensors.numpy import save as save_safetensors

from predictor.artefact.card.model_card import write_card
from predictor.artefact.files import is_ignored
from predictor.artefact.reader import ARRAYS, CARD, HISTORY, MANIFEST, PREPROCESSOR, find_versions
from predictor.artefact.records import FileRecord
from predictor.model.predictor import read_predictor
from predictor.schema.errors import PredictorError
from training.errors import StoppedAfterPublication, TrainingError
from training.evaluation.plots import draw_figures
from training.preprocessing.pipeline import refuse_stored_rows
from training.publication.export import export_weights
from training.publication.manifest import build_manifest
from training.run import TrainingResult, predict_with_original
from training.task_recipes import Grouping

MAX_DIFFERENCE = 1e-6
TEMPORARY = ".writing-"


def publish(
    result: TrainingResult,
    out: Path,
    groupings: Sequence[Grouping] = (),
    adjust_for: str | None = None,
) -> Path:
    """Write the next version below `out/<task>/` and give its folder.

    After a TrainingError the versions are as they were. Concurrent runs publish one after the other.
    """
    task_folder = out / result.task.name
    try:
        task_folder.mkdir(parents=True, exist_ok=True)
        with _locked(task_folder), _temporary_folder(task_folder) as temporary:
            return _write_and_rename(result, groupings, adjust_for, task_folder, temporary)
    except OSError as error:
        raise TrainingError(
            f"The model could not be written to {task_folder}: {error.strerror}. "
            "The versions there are unchanged."
        ) from None


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def _temporary_folder(task_folder: Path) -> Iterator[Path]:
    # This process holds the lock, so temporary folders found here are those of killed runs.
    for abandoned in task_folder.glob(f"{TEMPORARY}*"):
        shutil.rmtree(abandoned, ignore_errors=True)
    temporary = Path(tempfile.mkdtemp(prefix=TEMPORARY, dir=task_folder))
    try:
        yield temporary
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _write_and_rename(
    result: TrainingResult,
    groupings: Sequence[Grouping],
    adjust_for: str | None,
    task_folder: Path,
    temporary: Path,
) -> Path:
    versions = find_versions(task_folder.parent, result.task.name)
    number = int(versions[-1].name) + 1 if versions else 1
    folder = temporary / str(number)
    folder.mkdir()
    write_artefact(result, groupings, adjust_for, folder, number)
    check_parity(result, folder)
    published = task_folder / str(number)
    try:
        folder.rename(published)
        _fsync(task_folder)
    except KeyboardInterrupt:
        if published.exists():
            raise StoppedAfterPublication(f"Stopped, but {published} was written already.") from None
        raise
    return published


def write_artefact(
    result: TrainingResult,
    groupings: Sequence[Grouping],
    adjust_for: str | None,
    folder: Path,
    number: int,
) -> None:
    """Write every file of the artefact, the manifest last, and flush them to the disk."""
    columns = max(len(result.task.features.columns()), result.network.shape.inputs)
    refuse_stored_rows(result.preprocessor, columns)
    weights = export_weights(result)
    manifest = build_manifest(result, weights, groupings, adjust_for, number)
    (folder / ARRAYS).write_bytes(
        save_safetensors({name: np.array(array, order="C") for name, array in weights.tensors().items()})
    )
    joblib.dump(result.preprocessor, folder / PREPROCESSOR)
    (folder / HISTORY).write_text(result.history.to_csv(), encoding="utf-8")
    draw_figures(result, manifest, folder / "figures")
    without_card = manifest.model_copy(update={"files": _file_records(folder)})
    (folder / CARD).write_text(write_card(without_card, result.task), encoding="utf-8")
    complete = manifest.model_copy(update={"files": _file_records(folder)})
    (folder / MANIFEST).write_text(complete.to_json(), encoding="utf-8")
    for path in folder.rglob("*"):
        _fsync(path)
    _fsync(folder)


def check_parity(result: TrainingResult, folder: Path) -> None:
    """Read the artefact back and score every row; TrainingError where the original scores differ."""
    try:
        predictor = read_predictor(folder, result.task, "cpu")
    except PredictorError as error:
        raise TrainingError(
            f"The written model cannot be read back; nothing was published. {error}"
        ) from None
    preprocessor = joblib.load(folder / PREPROCESSOR)
    original_NC = predict_with_original(result, preprocessor, result.data.rows)
    read_back_NC = predictor.probabilities(result.data.rows)
    difference = float(np.abs(original_NC - read_back_NC).max())
    # `not <=` is also true for NaN.
    if not difference <= MAX_DIFFERENCE:
        raise TrainingError(
            f"The written model differs from the trained one by {difference:.1e}; nothing was published. "
            "This is a defect of the program, not of the data."
        )


def _file_records(folder: Path) -> dict[str, FileRecord]:
    records = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        if is_ignored(path.relative_to(folder)):
            continue
        content = path.read_bytes()
        record = FileRecord(sha256=hashlib.sha256(content).hexdigest(), bytes=len(content))
        records[path.relative_to(folder).as_posix()] = record
    return records


def _fsync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

"""Publication: an artefact is written aside, read back, compared with the original, and only then named."""

import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import joblib
import numpy as np
from safetensors.numpy import save as save_safetensors

from predictor.artefact.manifest import Manifest
from predictor.artefact.model_card import write_card
from predictor.artefact.reader import ARRAYS, CARD, MANIFEST, PREPROCESSOR, find_versions
from predictor.artefact.records import DataRecord, FeatureRecord, FileRecord, GoldenRows, Metrics
from predictor.artefact.weights import ExportedWeights
from predictor.model.prediction_sets import score_classes
from predictor.model.predictor import read_predictor
from predictor.schema.errors import PredictorError
from training.data.preprocessing import refuse_kept_rows
from training.errors import StoppedTooLate, TrainingError
from training.evaluation.bootstrap import part_intervals
from training.evaluation.diagnostics import decision_curve, find_importance, find_subgroups, honest_held_out
from training.evaluation.operating_points import find_thresholds
from training.evaluation.plots import draw_figures
from training.publication.export import describe_features, export_weights
from training.publication.golden_rows import as_features, make_golden_rows
from training.run import ScoredRows, TrainingResult, predict_with_original
from training.task_recipes import Grouping

LARGEST_DIFFERENCE = 1e-6
ASIDE = ".writing-"
PACKAGES = ("torch", "scikit-learn", "pandas", "numpy", "joblib", "safetensors", "pydantic")


def publish(result: TrainingResult, out: Path, groupings: Sequence[Grouping] = ()) -> Path:
    """Write the next version under `out/<task>/` and give its folder; TrainingError leaves all as it was.

    Runs that publish at the same time wait for each other.
    """
    task_folder = out / result.task.name
    try:
        task_folder.mkdir(parents=True, exist_ok=True)
        with _locked(task_folder), _aside(task_folder) as aside:
            return _write_aside_then_rename(result, groupings, task_folder, aside)
    except OSError as error:
        raise TrainingError(
            f"The model could not be written to {task_folder}: {error.strerror}. "
            "The versions there are untouched."
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
def _aside(folder: Path) -> Iterator[Path]:
    # Under the lock nobody else writes, so what lies there was left by a run that was killed.
    for left in folder.glob(f"{ASIDE}*"):
        shutil.rmtree(left, ignore_errors=True)
    aside = Path(tempfile.mkdtemp(prefix=ASIDE, dir=folder))
    try:
        yield aside
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _write_aside_then_rename(
    result: TrainingResult, groupings: Sequence[Grouping], task_folder: Path, aside: Path
) -> Path:
    versions = find_versions(task_folder.parent, result.task.name)
    number = int(versions[-1].name) + 1 if versions else 1
    folder = aside / str(number)
    folder.mkdir()
    write_artefact(result, groupings, folder, number)
    check_parity(result, folder)
    final = task_folder / str(number)
    try:
        folder.rename(final)
        _fsync(task_folder)
    except KeyboardInterrupt:
        if final.exists():
            raise StoppedTooLate(f"Stopped, but {final} was written already.") from None
        raise
    return final


def write_artefact(result: TrainingResult, groupings: Sequence[Grouping], folder: Path, number: int) -> None:
    """Write every file of the artefact, the manifest last, and make sure that all reached the disk."""
    columns = max(len(result.task.features.columns()), result.network.shape.inputs)
    refuse_kept_rows(result.preprocessor, columns)
    model = export_weights(result.recipe, result.preprocessor, result.network, result.calibration)
    manifest = describe(result, model, groupings, number)
    (folder / ARRAYS).write_bytes(
        save_safetensors({name: np.array(array, order="C") for name, array in model.tensors().items()})
    )
    joblib.dump(result.preprocessor, folder / PREPROCESSOR)
    draw_figures(result, manifest, folder / "figures")
    without_card = manifest.model_copy(update={"files": _records(folder)})
    (folder / CARD).write_text(write_card(without_card, result.task), encoding="utf-8")
    whole = manifest.model_copy(update={"files": _records(folder)})
    (folder / MANIFEST).write_text(whole.to_json(), encoding="utf-8")
    for path in folder.rglob("*"):
        _fsync(path)
    _fsync(folder)


def describe(
    result: TrainingResult, model: ExportedWeights, groupings: Sequence[Grouping], number: int
) -> Manifest:
    """Write the manifest, all but the files' digests."""
    task, recipe = result.task, result.recipe
    features = describe_features(recipe, result.data.take(result.parts.train), model)
    return Manifest(
        task=task.name,
        kind=task.kind,
        version=number,
        created=datetime.now(UTC).replace(microsecond=0),
        files={},
        features=features,
        features_fingerprint=task.features.fingerprint(),
        classes=task.classes,
        outcome=task.outcome,
        encoding=model.encoding,
        network=model.shape,
        calibration=result.calibration,
        recipe=recipe.model_dump(mode="json"),
        data=_data(result),
        golden=_golden(result, features),
        packages={name: version(name) for name in PACKAGES},
        **_judge(result, groupings),
    )


def _judge(result: TrainingResult, groupings: Sequence[Grouping]) -> dict[str, Any]:
    """Give what held-out and test rows say of the model, by its place in the manifest."""
    honest, held_out = honest_held_out(result), result.held_out
    thresholds = find_thresholds(result.recipe, held_out)
    found: dict[str, Any] = {
        "metrics": _metrics(result, honest),
        "thresholds": thresholds,
        "conformal": score_classes(held_out.probabilities_BC, held_out.labels_B),
    }
    if honest.labels_B.size:
        found["importance"] = find_importance(result)
    if honest.labels_B.size and result.task.kind == "binary":
        indices = result.parts.validation
        found["subgroups"] = find_subgroups(result.data, indices, honest, groupings, thresholds.default)
        found["decision_curve"] = decision_curve(honest)
    return found


def _data(result: TrainingResult) -> DataRecord:
    data, parts = result.data, result.parts
    return DataRecord(
        rows=len(data.rows),
        fingerprint=data.fingerprint(),
        train=len(parts.train),
        validation=len(parts.validation),
        test=len(parts.test),
        class_counts=data.class_counts(),
        train_class_counts=data.class_counts(parts.train),
    )


def _metrics(result: TrainingResult, honest: ScoredRows) -> Metrics:
    return Metrics(
        epochs=len(result.history.epochs),
        best_epoch=result.history.best_epoch,
        held_out=honest.metrics(),
        test=result.test.metrics(),
        held_out_intervals=part_intervals(honest),
        test_intervals=part_intervals(result.test),
    )


def _golden(result: TrainingResult, features: tuple[FeatureRecord, ...]) -> GoldenRows:
    rows = make_golden_rows(features, result.recipe.seed)
    original_BC = predict_with_original(result, result.preprocessor, as_features(result.task.features, rows))
    return GoldenRows(rows=rows, probabilities=tuple(tuple(p) for p in original_BC.tolist()))


def check_parity(result: TrainingResult, folder: Path) -> None:
    """Read the artefact back, ask it every row, and compare; TrainingError where the original differs."""
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
    # Written so that NaN fails, too.
    if not difference <= LARGEST_DIFFERENCE:
        raise TrainingError(
            f"The written model differs from the trained one by {difference:.1e}; nothing was published. "
            "This is a defect of the program, not of the data."
        )


def _records(folder: Path) -> dict[str, FileRecord]:
    contents = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    return {
        name: FileRecord(sha256=hashlib.sha256(content).hexdigest(), bytes=len(content))
        for name, content in contents.items()
    }


def _fsync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

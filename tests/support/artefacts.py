"""Artefacts with random weights, written as real files, for tests that need a special model."""

import hashlib
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from safetensors.numpy import save

from predictor.artefact.manifest import Manifest
from predictor.artefact.reader import ARRAYS, MANIFEST, Artefact
from predictor.artefact.records import (
    CalibrationRecord,
    ClassScores,
    CountTable,
    DataRecord,
    FeatureRecord,
    FileRecord,
    GoldenRows,
    Metrics,
    OperatingPoint,
    Thresholds,
    TrainingStatistics,
)
from predictor.artefact.weights import EncodedColumn, ExportedWeights, NetworkShape
from predictor.engines.selection import choose_engine
from predictor.model.predictor import Predictor
from predictor.schema.column import Column, Value
from predictor.schema.task import Task
from predictor.tasks import find_tasks

MEMBERS = 3
HIDDEN = (8, 4)


def write_other_artefacts(models: Path) -> None:
    """Write models of the tasks that have none, such as those that someone has added to the repository."""
    for task in find_tasks(()).values():
        if not (models / task.name).exists():
            write_artefact(models, task)


def write_artefact(
    models: Path,
    task: Task,
    *,
    seed: int = 0,
    version: int = 1,
    hidden: tuple[int, ...] = HIDDEN,
    members: int = MEMBERS,
) -> Path:
    """Write `models/<task>/<version>/` with random weights that reproduce their golden rows."""
    folder = models / task.name / str(version)
    folder.mkdir(parents=True)
    model = random_model(task, np.random.default_rng(seed), hidden, members)
    content = save(model.tensors())
    manifest = make_manifest(task, model, content, version)
    (folder / ARRAYS).write_bytes(content)
    (folder / MANIFEST).write_text(manifest.to_json())
    return folder


def random_model(
    task: Task, random: np.random.Generator, hidden: tuple[int, ...], members: int = MEMBERS
) -> ExportedWeights:
    columns = task.features.columns()
    encoding = tuple(
        EncodedColumn(column=column.name, category=category)
        for column in columns
        for category in (column.categories or (None,))
    ) + tuple(
        EncodedColumn(column=column.name, missing=True)
        for column in columns
        if column.nullable and column.levels
    )
    shape = NetworkShape(
        members=members,
        inputs=len(encoding),
        hidden=hidden,
        outputs=task.outputs,
        activation="leaky_relu",
        negative_slope=0.01,
    )
    inputs = shape.inputs
    return ExportedWeights(
        encoding=encoding,
        shape=shape,
        fill_F=np.array(
            [1.0 if encoded.missing else 0.0 if encoded.category else 10.0 for encoded in encoding]
        ),
        mean_F=random.uniform(0, 5, inputs),
        scale_F=random.uniform(1, 30, inputs),
        weights_MIO=tuple(random.normal(size=(members, *layer)).astype(np.float32) for layer in shape.layers),
        biases_MO=tuple(random.normal(size=(members, layer[1])).astype(np.float32) for layer in shape.layers),
        slope=np.array(1.1),
        intercept_C=np.full(task.outputs, -0.2),
    )


def make_manifest(task: Task, model: ExportedWeights, content: bytes, version: int) -> Manifest:
    rows = (task.features.example,)
    draft = Manifest(
        task=task.name,
        kind=task.kind,
        version=version,
        created=datetime(2026, 1, 1, tzinfo=UTC),
        files={ARRAYS: FileRecord(sha256=hashlib.sha256(content).hexdigest(), bytes=len(content))},
        features=tuple(
            FeatureRecord(column=column, training=make_statistics(column), used=True)
            for column in task.features.columns()
        ),
        features_fingerprint=task.features.fingerprint(),
        classes=task.classes,
        outcome=task.outcome,
        encoding=model.encoding,
        network=model.shape,
        calibration=CalibrationRecord(method="logistic", offset=0, slope=1.1, intercept=(-0.2,), rows=0),
        recipe={"name": "handmade"},
        data=DataRecord(
            rows=10,
            fingerprint="0" * 64,
            train=6,
            validation=2,
            test=2,
            class_counts=dict.fromkeys(task.classes, 3),
            train_class_counts=dict.fromkeys(task.classes, 2),
        ),
        metrics=Metrics(epochs=1, best_epoch=1, held_out={"made_up": 0.5}, test={}),
        thresholds=make_thresholds(task),
        conformal=tuple(ClassScores(steps=(500, 2500, 9000), counts=(3, 5, 2)) for _ in task.classes),
        golden=GoldenRows(rows=rows, probabilities=((0.5,) * task.outputs,)),
        packages={},
    )
    return draft.model_copy(update={"golden": make_golden(task, draft, model, rows)})


def make_golden(
    task: Task, draft: Manifest, model: ExportedWeights, rows: tuple[dict[str, Value], ...]
) -> GoldenRows:
    predictor = Predictor(
        task, Artefact(Path(), draft, model), choose_engine(model, task.features.columns(), "cpu")
    )
    probabilities_BC = predictor.probabilities([task.features.model_validate(row) for row in rows])
    return GoldenRows(rows=rows, probabilities=tuple(map(tuple, probabilities_BC.tolist())))


def make_statistics(column: Column) -> TrainingStatistics:
    if not column.is_numeric:
        return TrainingStatistics(levels=column.levels, imputation="category")
    assert column.minimum is not None
    assert column.maximum is not None
    middle = (column.minimum + column.maximum) / 2
    return TrainingStatistics(
        minimum=column.minimum + 0.5,
        maximum=middle,
        sparse_below=column.minimum + 1,
        sparse_above=middle - 1,
        percentiles=(column.minimum + 1, middle - 2, middle - 1),
        fill=10.0,
    )


def make_thresholds(task: Task) -> Thresholds:
    default = 0.3 if task.kind == "binary" else 0.0
    points = {
        "default": OperatingPoint(threshold=default, description="The model's own"),
        "half": OperatingPoint(threshold=0.5, description="One half"),
    }
    table = CountTable(steps=(100, 3000, 7000), hits=(1, 2, 3), misses=(10, 5, 1))
    return Thresholds(default=default, operating_points=points, table=table)

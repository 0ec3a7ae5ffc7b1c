"""The manifest of a training result: what was trained, on which data, and how good it is."""

from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from predictor.artefact.manifest import Manifest
from predictor.artefact.records import DataRecord, FeatureRecord, GoldenRows, Importance, Metrics
from predictor.artefact.weights import ExportedWeights
from predictor.model.prediction_sets import score_classes
from training.evaluation.bootstrap import bootstrap_intervals
from training.evaluation.diagnostics import (
    cross_calibrated_validation,
    decision_curve,
    find_all_subgroups,
    find_importance,
)
from training.evaluation.effects.observed_rates import find_observed_rates
from training.evaluation.effects.partial_dependence import find_effects
from training.evaluation.operating_points import find_thresholds
from training.publication.feature_records import describe_features
from training.publication.golden_rows import make_golden_rows
from training.run import ScoredRows, TrainingResult, predict_with_original
from training.task_recipes import Grouping

PACKAGES = ("torch", "scikit-learn", "pandas", "numpy", "joblib", "safetensors", "pydantic")


def build_manifest(
    result: TrainingResult,
    weights: ExportedWeights,
    groupings: Sequence[Grouping],
    adjust_for: str | None,
    number: int,
) -> Manifest:
    """Build the manifest of a version, without the records of its files."""
    task, recipe = result.task, result.recipe
    features = describe_features(result.inputs, result.data.take(result.splits.train), weights)
    evaluation = _evaluation(result, groupings)
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
        encoding=weights.encoding,
        drawn=weights.drawn,
        network=weights.shape,
        calibration=result.calibration,
        recipe=recipe.model_dump(mode="json"),
        data=_data(result),
        golden=_golden(result, features),
        packages={name: version(name) for name in PACKAGES},
        **evaluation,
        **_effects(result, weights, adjust_for, evaluation.get("importance", ())),
    )


def _data(result: TrainingResult) -> DataRecord:
    data, splits = result.data, result.splits
    return DataRecord(
        rows=len(data.rows),
        fingerprint=data.fingerprint(),
        train=len(splits.train),
        validation=len(splits.validation),
        test=len(splits.test),
        left_out=len(splits.left_out),
        class_counts=data.class_counts(),
        train_class_counts=data.class_counts(splits.train),
    )


def _golden(result: TrainingResult, features: tuple[FeatureRecord, ...]) -> GoldenRows:
    rows = make_golden_rows(features, result.recipe.seed)
    validated = [result.task.features.model_validate(row) for row in rows]
    original_BC = predict_with_original(result, result.preprocessor, validated)
    return GoldenRows(rows=rows, probabilities=tuple(tuple(row) for row in original_BC.tolist()))


def _evaluation(result: TrainingResult, groupings: Sequence[Grouping]) -> dict[str, Any]:
    """Give the manifest's fields that describe the model on validation and test rows."""
    validation, cross_calibrated = result.validation, cross_calibrated_validation(result)
    thresholds = find_thresholds(result.recipe, validation)
    fields: dict[str, Any] = {
        "metrics": _metrics(result, cross_calibrated),
        "thresholds": thresholds,
        "conformal": score_classes(validation.probabilities_BC, validation.labels_B),
    }
    if validation.labels_B.size:
        fields["importance"] = find_importance(result)
    if validation.labels_B.size and result.task.kind == "binary":
        fields["subgroups"] = find_all_subgroups(result, cross_calibrated, groupings, thresholds.default)
        fields["decision_curve"] = decision_curve(
            cross_calibrated, [point.threshold for point in thresholds.operating_points.values()]
        )
    return fields


def _effects(
    result: TrainingResult,
    weights: ExportedWeights,
    adjust_for: str | None,
    importance: Sequence[Importance],
) -> dict[str, Any]:
    """Give the manifest's fields that describe the effects of single columns."""
    names = [of_column.column for of_column in importance]
    fields: dict[str, Any] = {"effects": find_effects(result, weights, names)}
    if result.task.kind == "binary":
        fields["observed_rates"] = find_observed_rates(result, adjust_for, names)
    return fields


def _metrics(result: TrainingResult, cross_calibrated: ScoredRows) -> Metrics:
    return Metrics(
        epochs=len(result.history.epochs),
        best_epoch=result.history.best_epoch,
        held_out=cross_calibrated.metrics(),
        test=result.test.metrics(),
        held_out_intervals=bootstrap_intervals(cross_calibrated),
        test_intervals=bootstrap_intervals(result.test),
    )

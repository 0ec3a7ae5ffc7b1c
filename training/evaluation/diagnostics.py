"""Diagnostics on validation rows: subgroups, permutation importance, and the decision curve.

Shapes: N rows of the data, B validation rows, C outputs.
"""

import math
from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from predictor.artefact.records import Importance, NetBenefit, Subgroup
from predictor.artefact.weights import Array
from predictor.engines.activations import probabilities_from_logits
from predictor.model.operating_point_rates import binary_rates, rates_of_counts
from training.data.dataset import DataSet, Indices, Labels, features_frame
from training.evaluation.operating_points import count_table
from training.learning.calibration import cross_calibrate
from training.learning.metrics import calibration_intercept, pr_auc, roc_auc
from training.learning.trainer import validation_logits
from training.preprocessing.network_inputs import encode_frame
from training.run import ScoredRows, TrainingResult
from training.task_recipes import Grouping

MIN_EVENTS = 10
SHUFFLES = 5

# The thresholds of the decision curve are whole percents up to STEPS %, or as many steps up to a higher one.
STEPS = 20
# An operating point above this one flags almost nothing, and needs no place on the curve.
HIGHEST_POINT = 0.95
HIGHEST_THRESHOLD = 0.99


def cross_calibrated_validation(result: TrainingResult) -> ScoredRows:
    """Give the validation rows with probabilities by weights and a calibration fitted to other rows.

    Two dependences remain: early stopping chose the epoch on these rows, and with fewer than two folds the
    calibration is fitted to them.
    """
    labels_B = result.data.labels[result.splits.validation]
    fold_sizes = [len(fold.validation) for fold in result.splits.folds]
    logits_BC = cross_calibrate(result.recipe, result.validation_logits, labels_B, fold_sizes)
    return ScoredRows(labels_B, probabilities_from_logits(logits_BC))


def find_all_subgroups(
    result: TrainingResult, scored: ScoredRows, groupings: Sequence[Grouping], threshold: float
) -> tuple[Subgroup, ...]:
    """Give the figures of each group of the validation rows, which were scored.

    Where a value is missing or known, also the rows count that were left out because of missing values.
    """
    data, validation, left_out = result.data, result.splits.validation, result.left_out
    everything = np.concatenate([validation, result.splits.left_out])
    all_scored = ScoredRows(
        np.concatenate([scored.labels_B, left_out.labels_B]),
        np.concatenate([scored.probabilities_BC, left_out.probabilities_BC]),
    )
    by_value = [grouping for grouping in groupings if not grouping.missing]
    by_gap = [grouping for grouping in groupings if grouping.missing]
    return (
        *find_subgroups(data, validation, scored, by_value, threshold),
        *find_subgroups(data, everything, all_scored, by_gap, threshold),
    )


def find_subgroups(
    data: DataSet, indices: Indices, scored: ScoredRows, groupings: Sequence[Grouping], threshold: float
) -> tuple[Subgroup, ...]:
    """Give the figures of each group of the scored rows, which are the data's rows at these indices."""
    rows = data.take(indices)
    attributes = {column.name: column.attribute for column in data.task.features.columns()}
    subgroups = []
    for grouping in groupings:
        names_B = np.array([grouping.group(row.__dict__[attributes[grouping.column]]) for row in rows])
        for name in sorted(set(names_B.tolist())):
            in_group_B = names_B == name
            group = ScoredRows(scored.labels_B[in_group_B], scored.probabilities_BC[in_group_B])
            subgroups.append(_subgroup(grouping.by, name, group, threshold))
    return tuple(subgroups)


def _subgroup(by: str, name: str, scored: ScoredRows, threshold: float) -> Subgroup:
    events, rows = int(scored.labels_B.sum()), len(scored.labels_B)
    if min(events, rows - events) < MIN_EVENTS:
        return Subgroup(by=by, group=name, rows=rows, events=None)
    rates = binary_rates(count_table(scored), threshold)
    figures = {
        "roc_auc": roc_auc(scored.labels_B, scored.probabilities_BC),
        "predicted": float(scored.probabilities_BC.mean()),
        "observed": events / rows,
        "calibration_intercept": calibration_intercept(scored.labels_B, scored.probabilities_BC),
        "sensitivity": rates["sensitivity"],
        "specificity": rates["specificity"],
    }
    return Subgroup(by=by, group=name, rows=rows, events=events, figures=figures)


def find_importance(result: TrainingResult) -> tuple[Importance, ...]:
    """Give the permutation importance of each column, the largest first; an unused column has exactly 0."""
    labels_B = result.data.labels[result.splits.validation]
    generator = np.random.default_rng(result.recipe.seed)
    frame = features_frame(result.data.rows)
    unshuffled = _areas(labels_B, result.validation_logits.mean())
    importances = []
    for column in result.task.features.columns():
        if column.name not in result.inputs.names:
            importances.append(Importance(column=column.name, pr_auc=0.0, roc_auc=0.0))
            continue
        drops = [
            unshuffled - _areas(labels_B, _shuffled_logits(result, frame, column.name, generator))
            for _ in range(SHUFFLES)
        ]
        pr_drop, roc_drop = np.mean(drops, axis=0).tolist()
        importances.append(Importance(column=column.name, pr_auc=pr_drop, roc_auc=roc_drop))
    return tuple(sorted(importances, key=lambda importance: -importance.roc_auc))


def _areas(labels_B: Labels, logits_BC: Array) -> Array:
    probabilities_BC = probabilities_from_logits(logits_BC)
    return np.array([pr_auc(labels_B, probabilities_BC), roc_auc(labels_B, probabilities_BC)])


def _shuffled_logits(
    result: TrainingResult, frame: pd.DataFrame, column: str, generator: np.random.Generator
) -> Array:
    validation = result.splits.validation
    values = frame[column].copy()
    values[validation] = values[generator.permutation(validation)].to_numpy()
    shuffled = frame.copy()
    # Not by `assign`, whose keyword arguments cannot have every name, such as `self`.
    shuffled[column] = values
    encoded = encode_frame(result.preprocessor, shuffled)
    return validation_logits(result.network, encoded, result.splits.folds).mean()


def decision_thresholds(operating_points: Iterable[float], prevalence: float) -> tuple[float, ...]:
    """Give 20 even thresholds that reach the operating points and the prevalence, and at least 20 %."""
    highest = max([prevalence, *(point for point in operating_points if point <= HIGHEST_POINT)])
    if highest <= STEPS / 100:
        return tuple(percent / 100 for percent in range(1, STEPS + 1))
    end = (math.floor(10 * highest) + 1) / 10
    end = min(end, HIGHEST_POINT if highest <= HIGHEST_POINT else HIGHEST_THRESHOLD)
    return tuple(round(end * step / STEPS, 6) for step in range(1, STEPS + 1))


def decision_curve(scored: ScoredRows, operating_points: Iterable[float] = ()) -> tuple[NetBenefit, ...]:
    """Give the net benefit of the model and of flagging every row, at the `decision_thresholds`."""
    table = count_table(scored)
    positives, negatives = sum(table.hits), sum(table.misses)
    return tuple(
        NetBenefit(
            threshold=threshold,
            model=binary_rates(table, threshold)["net_benefit"] or 0.0,
            flag_all=rates_of_counts(positives, negatives, positives, negatives, threshold)["net_benefit"]
            or 0.0,
        )
        for threshold in decision_thresholds(operating_points, float(scored.labels_B.mean()))
    )

"""What the held-out rows say about a model, beyond one number: for whom, by what, at which threshold.

Shapes: N rows of the data, B held-out rows, C outputs.
"""

from collections.abc import Sequence

import numpy as np

from predictor.artefact.records import Importance, NetBenefit, Subgroup
from predictor.artefact.weights import Array
from predictor.engines.activations import probabilities_from_logits
from predictor.model.operating_point_rates import binary_rates, rates_of_counts
from training.data.dataset import DataSet, Labels, features_frame
from training.evaluation.operating_points import count_table
from training.learning.calibration import cross_calibrate
from training.learning.metrics import calibration_intercept, pr_auc, roc_auc
from training.learning.trainer import validation_logits
from training.run import ScoredRows, TrainingResult, to_inputs
from training.task_recipes import Grouping

FEWEST_EVENTS = 10
SHUFFLES = 5
DECISION_THRESHOLDS = tuple(percent / 100 for percent in range(1, 21))


def honest_held_out(result: TrainingResult) -> ScoredRows:
    """Give the held-out rows with probabilities whose weights and calibration were fitted on other rows.

    Not quite untouched: where there is early stopping, the same rows decided at which epoch it stopped.
    With fewer than two folds the calibration is their own, too.
    """
    labels_B = result.data.labels[result.parts.validation]
    sizes = [len(fold.validation) for fold in result.parts.folds]
    logits_BC = cross_calibrate(result.recipe, result.held_out_logits_BC, labels_B, sizes)
    return ScoredRows(labels_B, probabilities_from_logits(logits_BC))


def find_subgroups(
    data: DataSet, indices: Labels, part: ScoredRows, groupings: Sequence[Grouping], threshold: float
) -> tuple[Subgroup, ...]:
    """Judge the model for each group of the rows at these places, at the default threshold."""
    rows = data.take(indices)
    found = []
    for grouping in groupings:
        names_B = np.array([grouping.group(row.__dict__[grouping.column]) for row in rows])
        for name in dict.fromkeys(sorted(names_B.tolist())):
            chosen_B = names_B == name
            members = ScoredRows(part.labels_B[chosen_B], part.probabilities_BC[chosen_B])
            found.append(_subgroup(grouping.by, name, members, threshold))
    return tuple(found)


def _subgroup(by: str, name: str, part: ScoredRows, threshold: float) -> Subgroup:
    events, rows = int(part.labels_B.sum()), len(part.labels_B)
    if min(events, rows - events) < FEWEST_EVENTS:
        return Subgroup(by=by, group=name, rows=rows, events=None)
    rates = binary_rates(count_table(part), threshold)
    figures = {
        "roc_auc": roc_auc(part.labels_B, part.probabilities_BC),
        "said": float(part.probabilities_BC.mean()),
        "seen": events / rows,
        "calibration_intercept": calibration_intercept(part.labels_B, part.probabilities_BC),
        "sensitivity": rates["sensitivity"],
        "specificity": rates["specificity"],
    }
    return Subgroup(by=by, group=name, rows=rows, events=events, figures=figures)


def find_importance(result: TrainingResult) -> tuple[Importance, ...]:
    """Shuffle one column after another among the held-out rows; a column not used costs exactly nothing."""
    labels_B = result.data.labels[result.parts.validation]
    generator = np.random.default_rng(result.recipe.seed)
    whole = _scores(labels_B, result.held_out_logits_BC)
    found = []
    for column in result.task.features.columns():
        if column.name not in result.recipe.columns:
            found.append(Importance(column=column.name, pr_auc=0.0, roc_auc=0.0))
            continue
        drops = [
            whole - _scores(labels_B, _shuffled_logits(result, column.name, generator))
            for _ in range(SHUFFLES)
        ]
        pr_drop, roc_drop = np.mean(drops, axis=0).tolist()
        found.append(Importance(column=column.name, pr_auc=pr_drop, roc_auc=roc_drop))
    return tuple(sorted(found, key=lambda importance: -importance.roc_auc))


def _scores(labels_B: Labels, logits_BC: Array) -> Array:
    probabilities_BC = probabilities_from_logits(logits_BC)
    return np.array([pr_auc(labels_B, probabilities_BC), roc_auc(labels_B, probabilities_BC)])


def _shuffled_logits(result: TrainingResult, column: str, generator: np.random.Generator) -> Array:
    frame = features_frame(result.data.rows)
    validation = result.parts.validation
    frame.loc[validation, column] = frame.loc[generator.permutation(validation), column].to_numpy()
    x_NF = to_inputs(result.preprocessor.transform(frame))
    return validation_logits(result.network, x_NF, result.parts.folds)


def decision_curve(part: ScoredRows) -> tuple[NetBenefit, ...]:
    """Give the net benefit of the model and of flagging everybody, at thresholds of 1 to 20 %."""
    table = count_table(part)
    positives, negatives = sum(table.hits), sum(table.misses)
    return tuple(
        NetBenefit(
            threshold=threshold,
            model=binary_rates(table, threshold)["net_benefit"] or 0.0,
            everybody=rates_of_counts(positives, negatives, positives, negatives, threshold)["net_benefit"]
            or 0.0,
        )
        for threshold in DECISION_THRESHOLDS
    )

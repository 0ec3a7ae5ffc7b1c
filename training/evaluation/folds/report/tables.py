"""The tables of the page."""

from collections.abc import Iterable, Sequence

import numpy as np

from predictor.artefact.card.markdown_table import Cell, table
from training.data.dataset import DataSet
from training.evaluation.comparison.report import METRIC_WORDS
from training.evaluation.diagnostics import decision_curve, find_subgroups
from training.evaluation.folds.baselines import Baseline
from training.evaluation.folds.candidates import EVALUATED
from training.evaluation.folds.missing_values import MissingColumn
from training.evaluation.folds.resampling import Difference
from training.evaluation.folds.scores import Comparison
from training.run import ScoredRows
from training.task_recipes import Grouping


def write_comparison(comparison: Comparison) -> str:
    """Write the means over the folds, and the differences with their standard errors."""
    headings = [f"{words} ({better})" for words, better in map(METRIC_WORDS.__getitem__, comparison.names)]
    means: list[tuple[Cell, ...]] = [
        (model, *metrics.values()) for model, metrics in comparison.means().items()
    ]
    first = next(iter(comparison.metrics))
    differences = [
        (f"{first} - {other}", *map(_write_difference, by_metric.values()))
        for other, by_metric in comparison.differences().items()
    ]
    tables = [table(("model", *headings), means)]
    if differences:
        words = [METRIC_WORDS[name][0] for name in comparison.names]
        tables.append(table(("difference", *words), differences))
    return "\n\n".join(tables)


def _write_difference(difference: Difference) -> str:
    return f"{difference.mean:+.4f} ({difference.independent:.4f}, {difference.corrected:.4f})"


def write_settings(baselines: Iterable[Baseline]) -> str:
    """Write the settings of each baseline; all others are the defaults of its package."""
    rows = [
        (
            baseline.name,
            f"{baseline.module}.{baseline.classifier}",
            ", ".join(f"{name}={value}" for name, value in baseline.settings.items()),
        )
        for baseline in baselines
    ]
    return table(("baseline", "class", "settings"), rows)


def write_missing(columns: Sequence[MissingColumn]) -> str:
    """Write the mean answers: a column for each column with missing values, a row for each model."""
    headings = [f"{column.column} missing ({column.rows} rows)" for column in columns]
    rows: dict[str, list[float]] = {
        "observed rate": [column.observed for column in columns],
        f"{EVALUATED} without that column, fitted to all rows": [column.without_column for column in columns],
    }
    for model in columns[0].answers:
        rows[model] = [column.answers[model] for column in columns]
    return table(("mean answer", *headings), [(model, *answers) for model, answers in rows.items()])


def write_subgroups(data: DataSet, scored: ScoredRows, by: Sequence[Grouping], threshold: float) -> str:
    """Write the figures of each subgroup of the data, whose rows are all scored."""
    groups = find_subgroups(data, np.arange(len(data.rows)), scored, by, threshold)
    names = list(dict.fromkeys(name for group in groups for name in group.figures))
    rows = [
        [g.by, g.group, g.rows, "fewer than 10" if g.events is None else g.events, *map(g.figures.get, names)]
        for g in groups
    ]
    return table(("by", "group", "rows", "events", *names), rows)


def write_decision_curve(scored: ScoredRows, thresholds: Iterable[float]) -> str:
    """Write the net benefit at each threshold."""
    curve = [(point.threshold, point.model, point.flag_all) for point in decision_curve(scored, thresholds)]
    return table(("threshold", "model", "flagging every row"), curve)

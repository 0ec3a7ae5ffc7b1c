"""The last section of the page: sentences that follow from its figures."""

from collections.abc import Mapping, Sequence

from predictor.artefact.markdown_table import format_cell
from training.evaluation.comparison.report import METRIC_WORDS
from training.evaluation.folds.candidates import EVALUATED
from training.evaluation.folds.missing_values import MAX_RATIO, MissingColumn
from training.evaluation.folds.scores import Comparison

SUMMARISED = ("pr_auc", "roc_auc", "loss", "brier")
# A difference below this many corrected standard errors may well be chance.
CLEAR = 2.0


def summarise(comparisons: Mapping[str, Comparison], missing: Sequence[MissingColumn]) -> str:
    """Give a line for each metric on each set of rows, and for each column with missing values."""
    parts = {
        title: [_summarise_metric(comparison, name) for name in SUMMARISED]
        for title, comparison in comparisons.items()
    }
    if missing:
        parts["Rows with a missing value"] = [_summarise_missing(column) for column in missing]
    return "\n\n".join(f"{title}:\n\n" + "\n".join(lines) for title, lines in parts.items())


def _summarise_metric(comparison: Comparison, name: str) -> str:
    words, better = METRIC_WORDS[name]
    sign = 1 if better == "higher" else -1
    found = {other: by_metric[name] for other, by_metric in comparison.differences().items()}
    ahead = [other for other, difference in found.items() if sign * difference.mean > 0]
    behind = [
        f"{other} ({difference.mean:+.4f}, {difference.corrected_errors:.1f} corrected standard errors)"
        for other, difference in found.items()
        if sign * difference.mean < 0
    ]
    clear = [
        f"{other} ({found[other].corrected_errors:.1f})"
        for other in ahead
        if found[other].corrected_errors >= CLEAR
    ]
    value = comparison.means()[EVALUATED][name]
    text = f"- {words}: {format_cell(value)}, better than {len(ahead)} of the {len(found)} other models"
    text += f", not than {_join(behind)}. " if behind else ". "
    if clear:
        return f"{text}By at least {CLEAR:.0f} corrected standard errors it is better than {_join(clear)}."
    return f"{text}It is better than no model by {CLEAR:.0f} corrected standard errors."


def _summarise_missing(column: MissingColumn) -> str:
    text = (
        f"- {column.column}: the observed rate is {format_cell(column.observed)}; without the column this "
        f"recipe answers {format_cell(column.without_column)} on average, with it "
        f"{format_cell(column.answers[EVALUATED])}. "
    )
    limits = f"more than {MAX_RATIO:g} times that without the column, or less than 1/{MAX_RATIO:g} of it"
    readers = [f"{model} ({format_cell(column.answers[model])})" for model in column.readers()]
    if not readers:
        return f"{text}No model's mean answer is {limits}."
    return f"{text}A mean answer that is {limits}, shows a model that reads missingness: {_join(readers)}."


def _join(names: Sequence[str]) -> str:
    return ", ".join(names[:-1]) + " and " + names[-1] if len(names) > 1 else "".join(names)

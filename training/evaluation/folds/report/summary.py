"""The last section of the page: sentences that follow from its figures."""

from collections.abc import Collection, Mapping, Sequence

from predictor.artefact.card.markdown_table import format_cell
from training.evaluation.comparison.report import METRIC_WORDS
from training.evaluation.folds.candidates import EVALUATED
from training.evaluation.folds.missing_values import MAX_RATIO, MissingColumn
from training.evaluation.folds.resampling import Difference
from training.evaluation.folds.scores import DISCUSSED, Comparison

# A smaller difference, in corrected standard errors, may well be chance.
CLEAR = 2


def summarise(comparisons: Mapping[str, Comparison], missing: Sequence[MissingColumn]) -> str:
    """Give a line for each metric on each set of rows, and for each column with missing values."""
    readers = {model for column in missing for model in column.readers()}
    parts = {
        title: [_summarise_metric(comparison, name, readers) for name in DISCUSSED]
        for title, comparison in comparisons.items()
    }
    if missing:
        parts["Rows with a missing value"] = [_summarise_missing(column) for column in missing]
    return "\n\n".join(f"{title}:\n\n" + "\n".join(lines) for title, lines in parts.items())


def _summarise_metric(comparison: Comparison, name: str, readers: Collection[str]) -> str:
    words, better = METRIC_WORDS[name]
    sign = 1 if better == "higher" else -1
    found = {other: by_metric[name] for other, by_metric in comparison.differences().items()}
    ahead = {other: each for other, each in found.items() if sign * each.mean > 0}
    behind = {other: each for other, each in found.items() if sign * each.mean < 0}
    text = f"- {words} {format_cell(comparison.means()[EVALUATED][name])}: "
    text += f"better than {len(ahead)} of the {len(found)} other models"
    if ahead:
        nearest = min(ahead, key=lambda other: abs(ahead[other].mean))
        text += f", the nearest is {_describe(nearest, ahead[nearest], readers)}"
    if behind:
        text += f"; worse than {_join([_describe(*item, readers) for item in behind.items()])}"
    return f"{text}. {_describe_clear(found)}"


def _describe(model: str, difference: Difference, readers: Collection[str]) -> str:
    notes = [f"{difference.mean:+.4f}, {difference.corrected_errors:.1f} corrected standard errors"]
    notes += ["it reads missingness"] * (model in readers)
    return f"{model} ({'; '.join(notes)})"


def _describe_clear(found: Mapping[str, Difference]) -> str:
    clear = [other for other, difference in found.items() if difference.corrected_errors >= CLEAR]
    if not clear:
        return f"No difference reaches {CLEAR} corrected standard errors."
    return f"The difference is at least {CLEAR} corrected standard errors to {_join(clear)}."


def _summarise_missing(column: MissingColumn) -> str:
    text = (
        f"- {column.column}: the observed rate is {format_cell(column.observed)}; without the column this "
        f"recipe answers {format_cell(column.without_column)} on average, with it "
        f"{format_cell(column.answers[EVALUATED])}. "
    )
    limit = f"differs from that without the column by a factor of more than {MAX_RATIO:g}"
    readers = [f"{model} ({format_cell(column.answers[model])})" for model in column.readers()]
    if not readers:
        return f"{text}No model reads missingness: no mean answer {limit}."
    return f"{text}These models read missingness, because their mean answer {limit}: {_join(readers)}."


def _join(names: Sequence[str]) -> str:
    # Names of models have commas.
    return "; ".join(names[:-1]) + "; and " + names[-1] if len(names) > 1 else "".join(names)

"""The report of a comparison: tables that the command prints and the page holds."""

import string
from collections.abc import Sequence
from dataclasses import dataclass

from predictor.artefact.card.markdown_table import format_cell, table
from training.evaluation.comparison.candidates import Candidate
from training.evaluation.comparison.paired import DRAWS, Difference, PairedResult
from training.evaluation.comparison.recipe_settings import find_differences

METRIC_WORDS = {
    "loss": ("log loss", "lower"),
    "accuracy": ("accuracy", "higher"),
    "roc_auc": ("ROC-AUC", "higher"),
    "pr_auc": ("average precision", "higher"),
    "brier": ("Brier score", "lower"),
    "scaled_brier": ("scaled Brier score", "higher"),
    "calibration_error": ("calibration error", "lower"),
    "calibration_slope": ("calibration slope", "nearer to 1"),
    "calibration_intercept": ("calibration intercept", "nearer to 0"),
}
ALPHABET = string.ascii_uppercase


@dataclass(frozen=True)
class Section:
    """A heading with sentences and a table; without rows, the sentences alone."""

    title: str
    text: str
    headings: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()

    def to_markdown(self) -> str:
        """Give the section of the page."""
        parts = [f"## {self.title}", self.text, table(self.headings, self.rows) if self.rows else ""]
        return "\n\n".join(part for part in parts if part)


def letters(candidates: Sequence[Candidate]) -> tuple[str, ...]:
    """Give the short names of the models in the tables."""
    return tuple(ALPHABET[: len(candidates)])


def describe_models(candidates: Sequence[Candidate]) -> Section:
    """List the models: folder, recipe, data, epochs."""
    rows = []
    for letter, candidate in zip(letters(candidates), candidates, strict=True):
        manifest = candidate.manifest
        rows.append(
            (
                *(letter, str(candidate.folder), candidate.recipe.name, f"{manifest.created:%Y-%m-%d %H:%M}"),
                f"{manifest.data.rows} ({manifest.data.test} test)",
                f"{manifest.metrics.best_epoch} of {manifest.metrics.epochs}",
            )
        )
    headings = ("", "model", "recipe", "created", "rows", "saved epoch")
    return Section("Models", "", headings, tuple(rows))


def describe_recipes(candidates: Sequence[Candidate]) -> Section:
    """List the settings that differ."""
    rows = find_differences([candidate.recipe for candidate in candidates])
    text = "" if rows else "The recipes are the same."
    return Section("Differences of the recipes", text, ("setting", *letters(candidates)), tuple(rows))


def describe_metrics(candidates: Sequence[Candidate]) -> Section:
    """List the metrics of the manifests, on the validation and on the test rows of each model."""
    rows = []
    for split in ("held_out", "test"):
        for name, (words, better) in METRIC_WORDS.items():
            cells = [_recorded(candidate, split, name) for candidate in candidates]
            if any(cells):
                rows.append((split.replace("held_out", "validation"), words, better, *cells))
    text = "Each model on its own rows, with 95 % intervals, as its manifest says."
    return Section("Recorded metrics", text, ("rows", "metric", "better", *letters(candidates)), tuple(rows))


def _recorded(candidate: Candidate, split: str, name: str) -> str:
    metrics = candidate.manifest.metrics
    value = getattr(metrics, split).get(name)
    interval = getattr(metrics, f"{split}_intervals").get(name)
    return "" if value is None else format_cell(value) + _interval(interval)


def _interval(interval: tuple[float, float] | None) -> str:
    return "" if interval is None else f" [{format_cell(interval[0])}, {format_cell(interval[1])}]"


def describe_differences(candidates: Sequence[Candidate], paired: PairedResult) -> Section:
    """List the metrics on the common test rows, and the differences to the first model."""
    first, *others = letters(candidates)
    rows = []
    for name in paired.metrics[0]:
        words, better = METRIC_WORDS[name]
        values = [format_cell(found[name]) for found in paired.metrics]
        differences = [_difference(found[name]) for found in paired.differences]
        rows.append((words, better, *values, *differences))
    text = (
        f"On the {paired.rows} test rows that the models have in common. In brackets is the 95 % interval of "
        f"{DRAWS} bootstrap draws; every model is scored on the same drawn rows. A star marks an interval "
        "without 0. With many metrics, some stars are chance."
    )
    headings = ("metric", "better", first, *others, *(f"{other} - {first}" for other in others))
    return Section("Paired differences", text, headings, tuple(rows))


def _difference(difference: Difference) -> str:
    star = " *" if difference.is_clear else ""
    return f"{difference.value:+.4f} [{difference.low:+.4f}, {difference.high:+.4f}]{star}"


def write_page(title: str, command: str, sections: Sequence[Section]) -> str:
    """Give the page as Markdown."""
    head = f"# {title}: comparison of models\n\nWritten by `{command}`; do not edit."
    return "\n\n".join([head, *(section.to_markdown() for section in sections)]) + "\n"

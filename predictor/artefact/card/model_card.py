"""The model card, written from the manifest and the task: the same text on disk and over HTTP.

The text is in `model_card.md`, where a name in braces stands for a value.
"""

from collections.abc import Collection, Sequence
from pathlib import Path, PurePosixPath

from predictor.artefact.card.effects_section import describe_effects
from predictor.artefact.card.markdown_table import Cell, format_cell, table
from predictor.artefact.card.recipe_table import describe_recipe
from predictor.artefact.card.tripod import list_items
from predictor.artefact.manifest import Manifest
from predictor.artefact.reader import ARRAYS, FIGURE
from predictor.artefact.records import FeatureRecord, Imputation, Metrics, OperatingPoint, Subgroup
from predictor.artefact.weights import DRAWS
from predictor.schema.task import Task

TEMPLATE = Path(__file__).with_suffix(".md").read_text("utf-8")
HEADING = "\n\n## "

# The others have no sense for more classes, or too many numbers for a card.
FOR_TWO_CLASSES = ("Decision curve", "Observed rates")

UNRESTRICTED = (
    " Unrestricted: the same recipe without limits and penalties; the difference is what they cost."
)
ROWS_DIFFER = (
    " Test rows may have gaps for which held-out rows were left out, so both columns differ in kind."
)
GROUPS_LEFT_OUT = " Rows left out for a missing value are in its groups alone; all networks predict them."

IMPUTATIONS = {
    "mean": "mean",
    "median": "median",
    "most_frequent": "most frequent value",
    "category": "a category of its own",
    "draws": f"{DRAWS} values of like rows",
    "known_rows": "rows without it left out of training; stands in",
}


def write_card(manifest: Manifest, task: Task, figure_query: str = "") -> str:
    """Give the card as Markdown; `figure_query` is added to the links to the image files beside it."""
    texts = {"Intended use": task.intended_use, "Not for": task.not_for, "Limits": task.limits}
    results: dict[str, object] = {
        "Decision curve": manifest.decision_curve,
        "Subgroups": manifest.subgroups,
        "Importance": manifest.importance,
        "Effects": manifest.effects,
        "Observed rates": manifest.observed_rates,
        "Figures": figure_names(manifest),
    }
    absent = [title for title, content in (texts | results).items() if not content]
    network, points = manifest.network, manifest.thresholds.operating_points
    values = {
        "task": task,
        "manifest": manifest,
        "classes": ", ".join(manifest.classes[:-1]) + f" and {manifest.classes[-1]}",
        "arrays": manifest.files[ARRAYS],
        "left_out": _left_out(absent, texts, manifest),
        "data": manifest.data,
        "data_left_out": _data_left_out(manifest),
        "groups_left_out": GROUPS_LEFT_OUT if manifest.data.left_out else "",
        "class_counts": ", ".join(f"{name}: {count}" for name, count in manifest.data.class_counts.items()),
        "features": _features(manifest),
        "network": network,
        "widths": " - ".join(map(str, network.widths)),
        "notes": manifest.recipe.get("notes", ""),
        "recipe": table(("setting", "value"), describe_recipe(manifest.recipe)),
        "calibration": _calibration(manifest),
        "held_out_by": _held_out_by(manifest),
        "rows_differ": ROWS_DIFFER if manifest.data.left_out else "",
        "unrestricted": UNRESTRICTED if manifest.metrics.held_out_unrestricted else "",
        "metrics": _metrics(manifest.metrics),
        "thresholds": _thresholds(points),
        "rates": _rates(points),
        "decision_curve": _decision_curve(manifest),
        "subgroups": _subgroups(manifest.subgroups),
        "importance": _importance(manifest),
        **describe_effects(manifest),
        "rarest": min(sum(scores.counts) for scores in manifest.conformal),
        "figures": _figures(manifest, figure_query),
        "tripod": list_items(manifest, absent),
    }
    sections = [text for text in TEMPLATE.split(HEADING) if text.partition("\n")[0] not in absent]
    # An empty value leaves an empty paragraph.
    return HEADING.join(sections).format(**values).replace("\n\n\n\n", "\n\n")


def _left_out(absent: Collection[str], texts: Collection[str], manifest: Manifest) -> str:
    """Say in one line which sections are left out, and why."""
    without_text = [title.lower() for title in absent if title in texts]
    others = [
        title.lower()
        for title in absent
        if title not in texts and not (title in FOR_TWO_CLASSES and manifest.kind == "multiclass")
    ]
    sentences = []
    if without_text:
        names = ", ".join(without_text)
        sentences.append(f"This task gives no text for: {names}; add them to the task's file.")
    if others:
        sentences.append(f"This version has no results for: {', '.join(others)}.")
    return " ".join(sentences)


def _data_left_out(manifest: Manifest) -> str:
    """Say how many rows taught the model nothing, if there are any."""
    if not manifest.data.left_out:
        return ""
    method: Imputation = "known_rows"
    columns = [feature.column.name for feature in manifest.features if feature.training.imputation == method]
    names = f" ({', '.join(columns)})" if columns else ""
    return (
        f" {manifest.data.left_out} rows are none of these, because a value is missing{names}: the model "
        "learned nothing from them."
    )


def _features(manifest: Manifest) -> str:
    rows = []
    for feature in manifest.features:
        column, training = feature.column, feature.training
        values = ", ".join(training.levels)
        if column.is_numeric:
            values = f"{training.minimum:.7g} to {training.maximum:.7g}"
        if column.name in manifest.limits:
            low, high = manifest.limits[column.name]
            values += f", limited to {low:.7g} to {high:.7g}"
        rows.append((column.name, column.kind, column.unit, values, _missing(feature), _use(feature)))
    return table(("column", "kind", "unit", "values in training", "missing", "used"), rows)


def _use(feature: FeatureRecord) -> str:
    """Say whether the model uses a column, and where it cannot, why."""
    if feature.used:
        return "yes"
    training = feature.training
    is_numeric = feature.column.is_numeric
    is_constant = training.minimum == training.maximum if is_numeric else len(training.levels) == 1
    return "no, constant" if is_constant else "no"


def _missing(feature: FeatureRecord) -> str:
    """Say what happens to a row without a value of this column."""
    training = feature.training
    if not feature.column.nullable:
        return "refused"
    if training.fill is None:
        return IMPUTATIONS[training.imputation]
    return f"{IMPUTATIONS[training.imputation]}: {format_cell(training.fill)}"


def _calibration(manifest: Manifest) -> str:
    calibration = manifest.calibration
    if not manifest.is_calibrated:
        return "None: the probabilities are those of the networks, and not calibrated."
    has_offset = f"{abs(calibration.offset):.4f}" != "0.0000"
    logit = f"(logit{_term(-calibration.offset)})" if has_offset else "logit"
    text = (
        f"{calibration.method}, fitted to {calibration.rows} held-out rows: "
        f"{calibration.slope:.4f} * {logit}{_intercept(calibration.intercept)}."
    )
    return f"{text} The offset is the logarithm of the positive weight." if has_offset else text


def _intercept(intercepts: Sequence[float]) -> str:
    """Give what is added to the logit of each output; nothing where all are 0."""
    if len(intercepts) == 1:
        return _term(intercepts[0])
    texts = [format_cell(value) for value in intercepts]
    return f" + ({', '.join(texts)})" if set(texts) != {"0"} else ""


def _term(number: float) -> str:
    return f" {'-' if number < 0 else '+'} {abs(number):.4f}"


def _held_out_by(manifest: Manifest) -> str:
    return "a network and a calibration that were" if manifest.is_calibrated else "a network that was"


def _metrics(metrics: Metrics) -> str:
    unrestricted = metrics.held_out_unrestricted
    rows: list[tuple[Cell, ...]] = []
    for name in metrics.held_out or metrics.test:
        held_out = _with_interval(metrics.held_out.get(name), metrics.held_out_intervals.get(name))
        test = _with_interval(metrics.test.get(name), metrics.test_intervals.get(name))
        rows.append((name, held_out, test, *([unrestricted[name]] if unrestricted else [])))
    last = ["held out, unrestricted"] if unrestricted else []
    return table(("metric", "held out", "test", *last), rows)


def _thresholds(points: dict[str, OperatingPoint]) -> str:
    rows = [(name, point.threshold, point.description) for name, point in points.items()]
    return table(("name", "threshold", "reason"), rows)


def _rates(points: dict[str, OperatingPoint]) -> str:
    rows = [
        (rate, *(_with_interval(point.rates[rate], point.intervals.get(rate)) for point in points.values()))
        for rate in points["default"].rates
    ]
    return table(("rate", *points), rows)


def _decision_curve(manifest: Manifest) -> str:
    rows = [(point.threshold, point.model, point.flag_all) for point in manifest.decision_curve]
    return table(("threshold", "model", "flagging every row"), rows)


def _subgroups(subgroups: Sequence[Subgroup]) -> str:
    names = list(dict.fromkeys(name for group in subgroups for name in group.figures))
    rows: list[list[Cell]] = []
    for group in subgroups:
        events = "fewer than 10" if group.events is None else group.events
        rows.append([group.by, group.group, group.rows, events, *map(group.figures.get, names)])
    return table(("by", "group", "rows", "events", *names), rows)


def _importance(manifest: Manifest) -> str:
    rows = [(of_column.column, of_column.pr_auc, of_column.roc_auc) for of_column in manifest.importance]
    return table(("column", "average precision", "ROC-AUC"), rows)


def figure_names(manifest: Manifest) -> list[str]:
    """Give the names of the image files of a version, as its manifest lists them."""
    return sorted(name for name in manifest.files if FIGURE.fullmatch(name))


def _figures(manifest: Manifest, query: str) -> str:
    rows = "ROC, confusion and calibration: test rows"
    if manifest.decision_curve:
        rows += "; decision curve: held-out rows"
    if manifest.effects:
        rows += "; effects: the rows of that section"
    links = [
        f"![{PurePosixPath(name).stem.replace('_', ' ')}]({name}{query})" for name in figure_names(manifest)
    ]
    return "\n".join([f"{rows}.\n", *links])


def _with_interval(value: float | None, interval: tuple[float, float] | None) -> str:
    text = format_cell(value)
    return text if interval is None else f"{text} [{format_cell(interval[0])}, {format_cell(interval[1])}]"

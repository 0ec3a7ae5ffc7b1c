"""The model card, written from the manifest and the task: the same text on disk and over HTTP.

The text is in `model_card.md`, where a name in braces stands for a value.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath

from predictor.artefact.manifest import Manifest
from predictor.artefact.reader import ARRAYS
from predictor.artefact.records import Metrics, OperatingPoint, Subgroup
from predictor.schema.task import Task

Cell = str | int | float | None

TEMPLATE = Path(__file__).with_suffix(".md").read_text("utf-8")
HEADING = "\n\n## "


def write_card(manifest: Manifest, task: Task, *, figures: bool = True) -> str:
    """Give the card as Markdown; without `figures`, the links to the image files beside it are left out."""
    links = _figures(manifest) if figures else ""
    # A section of these is left out if it is empty.
    optional = {
        "Intended use": task.intended_use,
        "Not for": task.not_for,
        "Limits": task.limits,
        "Decision curve": manifest.decision_curve,
        "Subgroups": manifest.subgroups,
        "Importance": manifest.importance,
        "Figures": links,
    }
    sections = [text for text in TEMPLATE.split(HEADING) if optional.get(text.partition("\n")[0], True)]
    network, points = manifest.network, manifest.thresholds.operating_points
    return HEADING.join(sections).format(
        task=task,
        manifest=manifest,
        classes=", ".join(manifest.classes),
        arrays=manifest.files[ARRAYS],
        data=manifest.data,
        class_counts=", ".join(f"{name}: {count}" for name, count in manifest.data.class_counts.items()),
        features=_features(manifest),
        network=network,
        widths=" - ".join(map(str, network.widths)),
        recipe=_recipe(manifest),
        calibration=_calibration(manifest),
        metrics=_metrics(manifest.metrics),
        thresholds=_thresholds(points),
        rates=_rates(points),
        decision_curve=_decision_curve(manifest),
        subgroups=_subgroups(manifest.subgroups),
        importance=_importance(manifest),
        rarest=min(sum(scores.counts) for scores in manifest.conformal),
        figures=links,
    )


def _features(manifest: Manifest) -> str:
    rows = []
    for feature in manifest.features:
        column, training = feature.column, feature.training
        is_number = column.kind == "number"
        values = f"{training.minimum:g} to {training.maximum:g}" if is_number else ", ".join(training.levels)
        missing = "mean imputed" if column.nullable else "refused"
        rows.append((column.name, column.unit, values, missing, "yes" if feature.used else "no"))
    return table(("column", "unit", "values in training", "missing", "used"), rows)


def _recipe(manifest: Manifest) -> str:
    settings = [(name, f"`{value}`") for name, value in manifest.recipe.items() if name != "operating_points"]
    return table(("setting", "value"), settings)


def _calibration(manifest: Manifest) -> str:
    calibration = manifest.calibration
    if calibration.method == "none":
        return "None: the probabilities are those of the networks, and not calibrated."
    intercepts = ", ".join(f"{value:.4f}" for value in calibration.intercept)
    return (
        f"{calibration.method}, fitted to {calibration.rows} held-out rows: "
        f"{calibration.slope:.4f} * (logit - {calibration.offset:.4f}) + {intercepts}. "
        "The offset is the logarithm of the positive weight."
    )


def _metrics(metrics: Metrics) -> str:
    rows = []
    for name in metrics.held_out or metrics.test:
        held_out = _with_interval(metrics.held_out.get(name), metrics.held_out_intervals.get(name))
        test = _with_interval(metrics.test.get(name), metrics.test_intervals.get(name))
        rows.append((name, held_out, test))
    return table(("metric", "held out", "test"), rows)


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


def _figures(manifest: Manifest) -> str:
    figures = [name for name in sorted(manifest.files) if name.endswith(".svg")]
    return "\n".join(f"![{PurePosixPath(name).stem.replace('_', ' ')}]({name})" for name in figures)


def table(headings: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """Give a Markdown table; numbers have at most four decimals."""
    lines = [headings, ["---"] * len(headings), *([format_cell(cell) for cell in row] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def format_cell(cell: Cell) -> str:
    """Give the text of one cell."""
    if cell is None:
        return ""
    if isinstance(cell, float):
        # Adding 0 turns -0.0 into 0.0.
        return f"{round(cell, 4) + 0:.4f}".rstrip("0").rstrip(".")
    return " ".join(str(cell).split()).replace("|", "\\|")


def _with_interval(value: float | None, interval: tuple[float, float] | None) -> str:
    text = format_cell(value)
    return text if interval is None else f"{text} [{format_cell(interval[0])}, {format_cell(interval[1])}]"

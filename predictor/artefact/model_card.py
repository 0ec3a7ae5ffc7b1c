"""The model card, written from the manifest and the task: the same text on disk and over HTTP."""

from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

from predictor.artefact.manifest import Manifest
from predictor.artefact.reader import ARRAYS
from predictor.schema.task import Task

Cell = str | int | float | None

TRIPOD = (
    ("3", "purpose and intended users", "Intended use"),
    ("5", "source of the data", "Data"),
    ("8, 9", "outcome and predictors", "Data, Features"),
    ("11", "missing data: same imputation in training and service, and a warning", "Features"),
    ("12", "model building: recipe, calibration, thresholds", "Recipe, Calibration"),
    ("13", "class imbalance: weight in the loss, corrected by the calibration", "Recipe, Calibration"),
    ("14", "fairness: figures by subgroup", "Subgroups"),
    ("15", "output and thresholds, with reasons", "Operating points"),
    ("22", "the full model", "model.safetensors and manifest.json beside this card"),
    ("23", "performance with intervals", "Performance"),
    ("26", "limits", "Limits"),
    ("27", "missing or unusual input, and excluded uses", "Features, Not for"),
)


def write_card(manifest: Manifest, task: Task, *, figures: bool = True) -> str:
    """Give the card as Markdown; without `figures`, the links to the image files beside it are left out."""
    sections = {
        "Intended use": task.intended_use,
        "Not for": task.not_for,
        "Limits": task.limits,
        "Data": _data(manifest),
        "Features": _features(manifest),
        "Recipe": _recipe(manifest),
        "Calibration": _calibration(manifest),
        "Performance": _performance(manifest),
        "Operating points": _operating_points(manifest),
        "Decision curve": _decision_curve(manifest) if manifest.decision_curve else "",
        "Subgroups": _subgroups(manifest) if manifest.subgroups else "",
        "Importance": _importance(manifest) if manifest.importance else "",
        "Uncertainty": _uncertainty(manifest),
        "Figures": _figures(manifest) if figures else "",
        "TRIPOD+AI": "Items that this card answers.\n\n" + table(("item", "about", "where"), TRIPOD),
    }
    body = [f"## {title}\n\n{text}" for title, text in sections.items() if text]
    return "\n\n".join([_title(manifest, task), *body]) + "\n"


def _title(manifest: Manifest, task: Task) -> str:
    return (
        f"# {task.title}, version {manifest.version}\n\n"
        f"Gives the probability of {manifest.outcome}: {manifest.kind}, {', '.join(manifest.classes)}.\n\n"
        f"`python -m training {manifest.task}` computed every number on this card. "
        f"SHA-256 of the arrays: `{manifest.files[ARRAYS].sha256}`"
    )


def _data(manifest: Manifest) -> str:
    data = manifest.data
    counts = ", ".join(f"{name}: {count}" for name, count in data.class_counts.items())
    return (
        f"{data.rows} rows ({counts}): {data.train} to train the model, {data.validation} held-out rows to "
        f"validate it (with folds, the training rows, each held out from one network), and {data.test} test "
        f"rows, used once.\n\n"
        f"Fingerprint of the rows: `{data.fingerprint}`"
    )


def _features(manifest: Manifest) -> str:
    rows = []
    for feature in manifest.features:
        column, training = feature.column, feature.training
        is_number = column.kind == "number"
        values = f"{training.minimum:g} to {training.maximum:g}" if is_number else ", ".join(training.levels)
        missing = "mean imputed" if column.nullable else "refused"
        rows.append((column.name, column.unit, values, missing, "yes" if feature.used else "no"))
    note = "A column that is not used is validated like the others, and never changes the prediction."
    return table(("column", "unit", "values in training", "missing", "used"), rows) + f"\n\n{note}"


def _recipe(manifest: Manifest) -> str:
    shape = manifest.network
    network = (
        f"{shape.members} networks of {' - '.join(str(width) for width in shape.widths)} units "
        f"({shape.activation}), {shape.parameters} parameters each; the model uses the mean of their logits."
    )
    settings = [(name, f"`{value}`") for name, value in manifest.recipe.items() if name != "operating_points"]
    return f"{network}\n\n{table(('setting', 'value'), settings)}"


def _calibration(manifest: Manifest) -> str:
    calibration = manifest.calibration
    if calibration.method == "none":
        return "None: the probabilities are those of the network."
    intercepts = ", ".join(f"{value:.4f}" for value in calibration.intercept)
    slope, offset = f"{calibration.slope:.4f}", f"{calibration.offset:.4f}"
    return (
        f"{calibration.method}, fitted to {calibration.rows} held-out rows: {slope} * (logit - {offset}) + "
        f"{intercepts}. The offset is the logarithm of the positive weight."
    )


def _performance(manifest: Manifest) -> str:
    metrics = manifest.metrics
    rows = []
    for name in metrics.held_out or metrics.test:
        held_out = _with_interval(metrics.held_out.get(name), metrics.held_out_intervals.get(name))
        test = _with_interval(metrics.test.get(name), metrics.test_intervals.get(name))
        rows.append((name, held_out, test))
    note = (
        "Held out: training rows, each predicted by a network and a calibration that were not fitted to it; "
        "early stopping of that network used it, though. Test: rows used once, predicted by the whole model. "
        "In brackets: 95 % bootstrap intervals. pr_auc is the average precision, loss the log loss, "
        "calibration_error the mean difference between predicted and observed rate in 10 bins of equal count."
    )
    return f"{note}\n\n{table(('metric', 'held out', 'test'), rows)}"


def _operating_points(manifest: Manifest) -> str:
    points = manifest.thresholds.operating_points
    reasons = [(name, point.threshold, point.description) for name, point in points.items()]
    rates = [
        (rate, *(_with_interval(point.rates[rate], point.intervals.get(rate)) for point in points.values()))
        for rate in next(iter(points.values())).rates
    ]
    note = (
        "Thresholds were chosen and rates counted on the same held-out rows, so the rates are slightly "
        "optimistic. harm_to_benefit_odds is t / (1 - t) at threshold t."
    )
    names = table(("name", "threshold", "reason"), reasons)
    return f"{note}\n\n{names}\n\n{table(('rate', *points), rates)}"


def _decision_curve(manifest: Manifest) -> str:
    rows = [(point.threshold, point.model, point.flag_all) for point in manifest.decision_curve]
    note = "Net benefit on the held-out rows; flagging no row has a net benefit of 0."
    return f"{note}\n\n{table(('threshold', 'model', 'flagging every row'), rows)}"


def _subgroups(manifest: Manifest) -> str:
    names = list(dict.fromkeys(name for group in manifest.subgroups for name in group.figures))
    rows: list[list[Cell]] = []
    for group in manifest.subgroups:
        events = "fewer than 10" if group.events is None else group.events
        rows.append([group.by, group.group, group.rows, events, *map(group.figures.get, names)])
    note = "On the held-out rows, at the default threshold. Groups with fewer than 10 events have no metrics."
    return f"{note}\n\n{table(('by', 'group', 'rows', 'events', *names), rows)}"


def _importance(manifest: Manifest) -> str:
    rows = [(of_column.column, of_column.pr_auc, of_column.roc_auc) for of_column in manifest.importance]
    note = (
        "Permutation importance: the loss in each metric when one column of the held-out rows is shuffled "
        "(mean of 5 shuffles). It does not show causes."
    )
    return f"{note}\n\n{table(('column', 'average precision', 'ROC-AUC'), rows)}"


def _uncertainty(manifest: Manifest) -> str:
    rarest = min(sum(scores.counts) for scores in manifest.conformal)
    return (
        "`interval` is the 5th to 95th percentile of the networks' probabilities. It shows how far they "
        "disagree and is not a confidence interval. `prediction_set` holds the classes that cannot be ruled "
        "out at the requested error rate, by class-conditional conformal prediction. Its scores for the "
        f"rarest class come from {rarest} held-out rows, each predicted by one network, while a prediction "
        "of the model uses all networks."
    )


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

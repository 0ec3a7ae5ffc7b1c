"""The model card, written from the manifest alone: the same text on disk and over HTTP."""

from collections.abc import Iterable, Sequence

from predictor.artefact.manifest import Manifest
from predictor.artefact.reader import ARRAYS
from predictor.schema.task import Task

Cell = str | int | float | None

TRIPOD = (
    ("3", "what it is for, and for whom", "Intended use"),
    ("5", "where the data comes from", "Data"),
    ("8, 9", "outcome and predictors", "Data, Features"),
    ("11", "missing data: same imputation in training and service, and a warning", "Features"),
    ("12", "how it was built: recipe, calibration, thresholds", "Recipe, Calibration"),
    ("13", "class imbalance: weight in the loss, undone afterwards", "Recipe, Calibration"),
    ("14", "fairness: figures by subgroup", "Subgroups"),
    ("15", "output and thresholds, with reasons", "Operating points"),
    ("22", "the full model", "model.safetensors and manifest.json beside this card"),
    ("23", "performance with intervals", "Performance"),
    ("26", "limits", "Limits"),
    ("27", "missing or odd input, and who may use it", "Features, Not for"),
)


def write_card(manifest: Manifest, task: Task, *, figures: bool = True) -> str:
    """Give the card as Markdown; nothing in it but what the manifest and the task say.

    The pictures are files beside the card, so over HTTP they are left out.
    """
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
        "Decision curve": _decision_curve(manifest),
        "Subgroups": _subgroups(manifest),
        "Importance": _importance(manifest),
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
        f"Every figure here was written by `python -m training {manifest.task}`. "
        f"Digest of the arrays (sha256): `{manifest.files[ARRAYS].sha256}`"
    )


def _data(manifest: Manifest) -> str:
    data = manifest.data
    counts = ", ".join(f"{name}: {count}" for name, count in data.class_counts.items())
    return (
        f"{data.rows} rows ({counts}). {data.train} trained the model, {data.validation} were held out "
        f"from the member that is judged by them, {data.test} were opened once, for the test column "
        f"below.\n\n"
        f"Fingerprint over rows: `{data.fingerprint}`"
    )


def _features(manifest: Manifest) -> str:
    rows = []
    for feature in manifest.features:
        column, training = feature.column, feature.training
        is_number = column.kind == "number"
        seen = f"{training.minimum:g} to {training.maximum:g}" if is_number else ", ".join(training.levels)
        missing = "mean imputed" if column.nullable else "refused"
        rows.append((column.name, column.unit, seen, missing, "yes" if feature.used else "no"))
    note = "A column that is not used is checked like any other, and never changes the answer."
    return table(("column", "unit", "seen in training", "missing", "used"), rows) + f"\n\n{note}"


def _recipe(manifest: Manifest) -> str:
    shape = manifest.network
    network = (
        f"{shape.members} networks of {' - '.join(str(width) for width in shape.widths)} units "
        f"({shape.activation}), {shape.parameters} parameters each; the mean of their logits counts."
    )
    settings = [(name, f"`{value}`") for name, value in manifest.recipe.items() if name != "operating_points"]
    return f"{network}\n\n{table(('setting', 'value'), settings)}"


def _calibration(manifest: Manifest) -> str:
    found = manifest.calibration
    if found.method == "none":
        return "None: the network's own probabilities."
    intercepts = ", ".join(f"{value:.4f}" for value in found.intercept)
    return (
        f"{found.method}, on {found.rows} held-out rows: {found.slope:.4f} * (logit - {found.offset:.4f}) + "
        f"{intercepts}. The offset is the logarithm of the positive weight."
    )


def _performance(manifest: Manifest) -> str:
    metrics = manifest.metrics
    rows = [
        (
            name,
            _with_interval(value, metrics.held_out_intervals.get(name)),
            _with_interval(metrics.test.get(name), metrics.test_intervals.get(name)),
        )
        for name, value in (metrics.held_out or metrics.test).items()
    ]
    note = (
        "Held out: rows of training, each judged by a network that did not learn from it and a calibration "
        "that it had no part in; but such rows also said when that network stopped. Test: rows opened once, "
        "judged by the whole model. In brackets 95 % bootstrap intervals. pr_auc is average precision, loss "
        "the log loss, calibration_error the mean gap in 10 bins of equal count."
    )
    return f"{note}\n\n{table(('figure', 'held out', 'test'), rows)}"


def _operating_points(manifest: Manifest) -> str:
    points = manifest.thresholds.operating_points
    why = [(name, point.threshold, point.description) for name, point in points.items()]
    rates = [
        (rate, *(_with_interval(point.rates[rate], point.intervals.get(rate)) for point in points.values()))
        for rate in next(iter(points.values())).rates
    ]
    note = (
        "Chosen and counted on the same held-out rows, and frozen, so the rates are a little kind; "
        "harm_to_benefit_odds is t / (1 - t)."
    )
    return f"{note}\n\n{table(('name', 'threshold', 'why'), why)}\n\n{table(('rate', *points), rates)}"


def _decision_curve(manifest: Manifest) -> str:
    if not manifest.decision_curve:
        return ""
    rows = [(point.threshold, point.model, point.everybody) for point in manifest.decision_curve]
    return "Net benefit on the held-out rows; flagging nobody has 0.\n\n" + table(
        ("threshold", "model", "flagging everybody"), rows
    )


def _subgroups(manifest: Manifest) -> str:
    if not manifest.subgroups:
        return ""
    names = list(dict.fromkeys(name for group in manifest.subgroups for name in group.figures))
    rows: list[list[Cell]] = [
        [
            group.by,
            group.group,
            group.rows,
            "fewer than 10" if group.events is None else group.events,
            *(group.figures.get(name) for name in names),
        ]
        for group in manifest.subgroups
    ]
    note = (
        "On the held-out rows, at the default threshold; nothing is told of groups with fewer than 10 events."
    )
    return f"{note}\n\n{table(('by', 'group', 'rows', 'events', *names), rows)}"


def _importance(manifest: Manifest) -> str:
    if not manifest.importance:
        return ""
    rows = [(found.column, found.pr_auc, found.roc_auc) for found in manifest.importance]
    note = "What shuffling one column among the held-out rows costs (mean of 5 shuffles); no causes in it."
    return f"{note}\n\n{table(('column', 'average precision', 'ROC-AUC'), rows)}"


def _uncertainty(manifest: Manifest) -> str:
    rarest = min(sum(scores.counts) for scores in manifest.conformal)
    return (
        "`interval` is the 5th to 95th percentile of the members' probabilities: how far they disagree, no "
        "confidence interval. `prediction_set` holds the classes that cannot be ruled out at the error rate "
        "asked for, by class-conditional conformal scores; those of the rarest class rest on "
        f"{rarest} held-out rows, each judged by one network, where the answer comes from all."
    )


def _figures(manifest: Manifest) -> str:
    return "\n".join(
        f"![{name.split('/')[-1].removesuffix('.svg').replace('_', ' ')}]({name})"
        for name in sorted(manifest.files)
        if name.endswith(".svg")
    )


def table(headings: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """Give a Markdown table; numbers get four decimals at most."""
    lines = [headings, ["---"] * len(headings), *([show(cell) for cell in row] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def show(cell: Cell) -> str:
    """Write one cell."""
    if cell is None:
        return ""
    if isinstance(cell, float):
        # Adding 0 turns -0.0 into 0.0.
        return f"{round(cell, 4) + 0:.4f}".rstrip("0").rstrip(".")
    return " ".join(str(cell).split()).replace("|", "\\|")


def _with_interval(value: float | None, interval: tuple[float, float] | None) -> str:
    return show(value) if interval is None else f"{show(value)} [{show(interval[0])}, {show(interval[1])}]"

"""The model card, written by the run from the manifest; never by hand."""

from collections.abc import Sequence

from predictor.manifest import Manifest
from predictor.thresholds import Thresholds, binary_rates, multiclass_rates

NOT_A_DEVICE = (
    "This model is a demonstration of method. It is not a medical device, has not been validated outside the "
    "data it was fitted to, and must not decide anything about a person."
)


def write_card(manifest: Manifest, digest: str) -> str:
    """Give the card as Markdown."""
    sections = [
        f"# Model card: {manifest.task}, version {manifest.version}",
        f"Answers the probability of {manifest.outcome} ({manifest.kind}: {', '.join(manifest.classes)}).",
        f"Digest of the arrays (sha256): `{digest}`",
        "## Not for\n\n" + NOT_A_DEVICE,
        "## Data\n\n" + _data(manifest),
        "## Recipe\n\n"
        + _table(
            ("setting", "value"),
            [(k, f"`{v}`") for k, v in manifest.recipe.items() if k != "operating_points"],
        ),
        "## Features\n\n" + _features(manifest),
        "## Figures of merit\n\n" + _metrics(manifest),
        "## Operating points\n\nCounted on the held-out rows.\n\n" + _operating_points(manifest),
        "## Figures\n\n"
        + "\n".join(
            f"![{name}](figures/{name}.svg)"
            for name in ("learning_curves", "roc_and_pr", "confusion", "calibration")
        ),
    ]
    return "\n\n".join(sections) + "\n"


def _data(manifest: Manifest) -> str:
    data = manifest.data
    counts = ", ".join(f"{name}: {count}" for name, count in data.class_counts.items())
    return (
        f"{data.rows} rows ({counts}); {data.train} trained the model, {data.validation} were held out "
        f"from training for early stopping and calibration, {data.test} were opened once, for the test "
        f"figures.\n\nFingerprint over rows: `{data.fingerprint}`"
    )


def _features(manifest: Manifest) -> str:
    rows = []
    for feature in manifest.features:
        column, training = feature.column, feature.training
        seen = (
            f"{training.minimum:g} to {training.maximum:g}"
            if column.kind == "number"
            else ", ".join(training.levels)
        )
        rows.append((column.name, column.kind, column.unit or "", seen, "yes" if feature.used else "no"))
    return _table(("column", "kind", "unit", "seen in training", "used"), rows)


def _metrics(manifest: Manifest) -> str:
    parts = {"held out": manifest.metrics.held_out, "test": manifest.metrics.test}
    names = ("loss", "accuracy", "roc_auc", "pr_auc", "brier")
    rows = [(part, *(_number(found.get(name)) for name in names)) for part, found in parts.items()]
    return _table(("part", *names), rows)


def _operating_points(manifest: Manifest) -> str:
    thresholds = manifest.thresholds
    first = next(iter(thresholds.operating_points.values()))
    headings = tuple(_rates(manifest, thresholds, first.threshold))
    rows = [
        (
            name,
            f"{point.threshold:.4f}",
            *(_number(v) for v in _rates(manifest, thresholds, point.threshold).values()),
            point.description,
        )
        for name, point in thresholds.operating_points.items()
    ]
    return _table(("name", "threshold", *headings, "why"), rows)


def _rates(manifest: Manifest, thresholds: Thresholds, threshold: float) -> dict[str, float | None]:
    rates = binary_rates if manifest.kind == "binary" else multiclass_rates
    return rates(thresholds.table, threshold)


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return str(value) if isinstance(value, int) else f"{value:.3f}"


def _table(headings: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [headings, tuple("---" for _ in headings), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)

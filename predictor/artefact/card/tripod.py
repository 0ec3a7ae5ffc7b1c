"""The items of TRIPOD+AI, and the sections of the card that answer them."""

from collections.abc import Collection

from predictor.artefact.card.markdown_table import table
from predictor.artefact.manifest import Manifest

# The items of TRIPOD+AI that the card answers: number, subject, and the sections with the answer.
TRIPOD = (
    ("3", "purpose and intended users", ("Intended use",)),
    ("5", "source of the data", ("Data",)),
    ("8, 9", "outcome and predictors", ("Data", "Features")),
    ("11", "missing data: how training and service handle it, and a warning", ("Features",)),
    ("12", "model building: recipe, calibration, thresholds", ("Recipe", "Calibration")),
    ("13", "class imbalance: {imbalance}", ("Recipe", "Calibration")),
    ("14", "fairness: figures by subgroup", ("Subgroups",)),
    ("15", "output and thresholds, with reasons", ("Operating points",)),
    ("22", "the full model", ("model.safetensors and manifest.json beside this card",)),
    ("23", "performance with intervals", ("Performance",)),
    ("26", "limits", ("Limits",)),
    ("27", "missing or unusual input, and excluded uses", ("Features", "Not for")),
)


def list_items(manifest: Manifest, absent: Collection[str]) -> str:
    """List the items that a section of this card answers."""
    rows = []
    for item, about, sections in TRIPOD:
        if where := [title for title in sections if title not in absent]:
            rows.append((item, about.format(imbalance=_imbalance(manifest)), ", ".join(where)))
    return table(("item", "about", "where"), rows)


def _imbalance(manifest: Manifest) -> str:
    """Say what was done about classes of unequal size."""
    if manifest.recipe.get("positive_weight", 1) == 1:
        return "no weight in the loss"
    corrected = "corrected by the" if manifest.is_calibrated else "not corrected by a"
    return f"weight in the loss, {corrected} calibration"

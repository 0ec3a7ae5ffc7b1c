"""The recipe of a manifest in words, for a person to read.

A manifest stores the recipe as plain JSON, and older or newer versions of training have other settings: a
setting without words here is shown by its own name.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import JsonValue

Row = tuple[str, str]

NOTHING = "none"

# The card has a section for these.
LEFT_OUT = {"operating_points", "notes"}

WORDS = {
    "name": "recipe",
    "columns": "columns",
    "unused": "columns that are not used",
    "impute_numbers": "a missing number becomes",
    "impute_levels": "a missing flag or category becomes",
    "impute": "but in these columns",
    "impute_like": "columns in which rows are alike for draws",
    "centre_flags": "flags are centred",
    "standardise": "numbers are standardised",
    "limits": "numbers are limited to percentiles",
    "hidden": "hidden layers",
    "activation": "activation",
    "negative_slope": "slope of the activation below 0",
    "output_bias": "bias of the output at the start",
    "loss": "loss",
    "positive_weight": "weight of the second class in the loss",
    "effect_penalties": "penalty on the effect of a number",
    "optimizer": "optimizer",
    "learning_rate": "learning rate",
    "weight_decay": "weight decay",
    "schedule": "schedule of the learning rate",
    "batch_size": "rows in a batch",
    "epochs": "epochs, at most",
    "patience": "early stopping",
    "monitor": "monitored metric",
    "monitor_epochs": "epochs in its moving average",
    "seed": "seed of the training",
    "calibration": "calibration",
}

LEFT_OUT_ROWS = "rows with a missing value are left out of training and validation"
IMPUTATIONS = {
    "mean": "the mean",
    "median": "the median",
    "most_frequent": "the most frequent value",
    "category": "a category of its own",
    "draws": "values drawn from like rows",
}

# What the values of some settings mean.
VALUES: Mapping[str, Mapping[Any, str]] = {
    "columns": {None: "all"},
    "impute_numbers": IMPUTATIONS | {"known_rows": f"the mean; {LEFT_OUT_ROWS}"},
    "impute_levels": IMPUTATIONS | {"known_rows": f"the most frequent value; {LEFT_OUT_ROWS}"},
    "output_bias": {"prior": "logit of the weighted prevalence"},
    "batch_size": {"full": "all rows"},
    "monitor": {"roc_auc": "ROC-AUC", "pr_auc": "average precision"},
}


def describe_recipe(recipe: Mapping[str, JsonValue]) -> list[Row]:
    """Give the name and the value of each setting, in words."""
    rows: list[Row] = []
    for name, value in recipe.items():
        if name in LEFT_OUT or (name == "negative_slope" and recipe.get("activation") != "leaky_relu"):
            continue
        if name == "split" and isinstance(value, dict):
            rows += _split_rows(value)
        elif value not in ([], {}) or name == "hidden":
            rows.append((WORDS.get(name, _spaced(name)), _describe(name, value)))
    return rows


def _describe(name: str, value: JsonValue) -> str:
    if name == "patience" and isinstance(value, int):
        return f"after {value} epochs without improvement" if value else "off, the last epoch counts"
    known = VALUES.get(name, {})
    if value is None or isinstance(value, str):
        # The name of a recipe is shown as it is; other texts are names of methods.
        text = in_words(value) if name == "name" else _spaced(in_words(value))
        return known.get(value, text)
    return in_words(value)


def in_words(value: JsonValue) -> str:
    """Give any JSON value as text without brackets, quotes or Python's names."""
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.7g}"
    if isinstance(value, dict):
        return "; ".join(f"{_spaced(name)}: {in_words(part)}" for name, part in value.items()) or NOTHING
    if isinstance(value, list):
        return ", ".join(map(in_words, value)) or NOTHING
    return str(value)


def _split_rows(split: Mapping[str, JsonValue]) -> Iterator[Row]:
    """Say how many rows are test rows and validation rows, and which."""
    stratified = "stratified by class" if split.get("stratified") is True else ""
    test = [_share(split.get("test_share")), _seed(split.get("test_seed")), stratified]
    yield "test rows", _joined(test)
    kind = split.get("validation")
    share = _share(split.get("validation_share"))
    described = {
        "folds": f"{in_words(split.get('folds'))} folds, each held out from one network",
        "last": f"the last {share} of the others",
        "random": _joined([f"{share} of the others", _seed(split.get("validation_seed")), stratified]),
    }
    yield "validation rows", described.get(str(kind), _spaced(in_words(kind)))


def _share(share: JsonValue) -> str:
    return f"{100 * share:.4g} %" if isinstance(share, int | float) else "a share"


def _seed(seed: JsonValue) -> str:
    return "" if seed is None else f"seed {in_words(seed)}"


def _joined(parts: list[str]) -> str:
    return ", ".join(part for part in parts if part)


def _spaced(name: str) -> str:
    return name.replace("_", " ")

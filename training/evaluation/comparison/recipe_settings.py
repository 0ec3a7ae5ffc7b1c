"""The settings of recipes in words, and those in which recipes differ."""

from collections.abc import Iterator, Mapping, Sequence

from training.recipe import Recipe, ThresholdRule

WORDS = {
    "name": "name",
    "split.test_share": "share of test rows",
    "split.test_seed": "seed of the test rows",
    "split.stratified": "split stratified by class",
    "split.validation": "validation rows",
    "split.validation_share": "share of validation rows",
    "split.validation_seed": "seed of the validation rows",
    "split.folds": "folds, members of the ensemble",
    "columns": "columns",
    "unused": "columns not used",
    "impute_numbers": "a missing number is replaced by",
    "impute_levels": "a missing flag or category is replaced by",
    "centre_flags": "flags centred",
    "standardise": "numbers standardised",
    "hidden": "units of the hidden layers",
    "activation": "activation",
    "negative_slope": "slope of the activation below 0",
    "output_bias": "initial output bias",
    "loss": "loss",
    "positive_weight": "weight of the positive class",
    "optimizer": "optimiser",
    "learning_rate": "learning rate",
    "weight_decay": "weight decay",
    "schedule": "schedule of the learning rate",
    "batch_size": "rows in a batch",
    "epochs": "epochs at most",
    "patience": "patience in epochs, 0: no early stopping",
    "monitor": "monitored metric",
    "monitor_epochs": "epochs in the mean of the monitored metric",
    "seed": "seed",
    "calibration": "calibration",
}
RULES = {
    "fixed": "the threshold {value:.4g}",
    "sensitivity": "a sensitivity of at least {value:g}",
    "flagged": "at most {value:g} of the rows flagged",
    "youden": "the largest sensitivity + specificity",
}
NONE = "none"


def find_differences(recipes: Sequence[Recipe]) -> list[tuple[str, ...]]:
    """Give the settings that differ, each with its value in every recipe, in the order of the recipe."""
    settings = [dict(_settings(recipe)) for recipe in recipes]
    names = dict.fromkeys(name for found in settings for name in found)
    rows = [(name, *(found.get(name, NONE) for found in settings)) for name in names]
    return [row for row in rows if len(set(row[1:])) > 1]


def _settings(recipe: Recipe) -> Iterator[tuple[str, str]]:
    for name, value in recipe:
        if name == "split":
            for part, of_split in recipe.split:
                yield _words(f"split.{part}"), describe_value(of_split)
        elif name == "operating_points":
            yield from _operating_points(recipe.operating_points)
        elif name == "columns" and value is None:
            yield _words(name), "all"
        else:
            yield _words(name), describe_value(value)


def _words(name: str) -> str:
    # A setting that is newer than the list above is still shown.
    return WORDS.get(name, name.replace(".", ", ").replace("_", " "))


def describe_value(value: object) -> str:
    """Give the value of a setting as a person writes it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or NONE
    return f"{value:g}" if isinstance(value, float) else str(value).replace("_", " ")


def _operating_points(points: Mapping[str, ThresholdRule]) -> Iterator[tuple[str, str]]:
    for name, rule in points.items():
        yield f"operating point {name}", RULES[rule.rule].format(value=rule.value)

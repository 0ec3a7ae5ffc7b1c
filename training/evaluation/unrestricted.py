"""What limits and penalties cost: the metrics of the same recipe without them."""

from contextlib import suppress

from training.errors import TrainingError
from training.evaluation.diagnostics import cross_calibrated_validation
from training.run import TrainingResult, train


def score_unrestricted(result: TrainingResult) -> dict[str, float]:
    """Train without limits and penalties on the same rows, and give the metrics on the validation rows.

    There are none where the recipe has neither, or no validation rows, or where the training fails.
    """
    recipe = result.recipe
    if not (recipe.limits or recipe.effect_penalties) or not result.validation.labels_B.size:
        return {}
    free = recipe.model_copy(update={"limits": {}, "effect_penalties": {}})
    # A failure of the other model says nothing against this one.
    with suppress(TrainingError):
        return cross_calibrated_validation(train(free, result.data, splits=result.splits)).metrics()
    return {}

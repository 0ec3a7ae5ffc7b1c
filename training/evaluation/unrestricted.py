"""What limits and penalties cost: the metrics of the same recipe without them."""

from training.evaluation.diagnostics import cross_calibrated_validation
from training.run import TrainingResult, train


def score_unrestricted(result: TrainingResult) -> dict[str, float]:
    """Train without limits and penalties on the same rows, and give the metrics on the validation rows.

    There are none where the recipe has neither, or no validation rows.
    """
    recipe = result.recipe
    if not (recipe.limits or recipe.effect_penalties) or not result.validation.labels_B.size:
        return {}
    free = recipe.model_copy(update={"limits": {}, "effect_penalties": {}})
    return cross_calibrated_validation(train(free, result.data, splits=result.splits)).metrics()

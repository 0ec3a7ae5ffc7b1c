"""The text of a recipe file."""

from training.scaffold.target_classes import Target

MAX_FOLDS = 5
TEST_SHARE = 0.2
# With fewer rows of a class, the calibration of a fold is left to chance.
MIN_ROWS_TO_CALIBRATE = 20
# Tables with more rows learn in larger batches, which take less time.
LARGE_TABLE = 2000

BINARY_POINTS = """\
        "default": ThresholdRule(rule="fixed", value=0.5, description="The more probable class"),
        "balanced": ThresholdRule(
            rule="youden", description="The largest sensitivity + specificity (Youden)"
        ),"""
MULTICLASS_POINTS = """\
        "default": ThresholdRule(rule="fixed", description="Always name the most probable class"),"""

TEXT = '''\
"""The recipe of the task `{name}`: it uses all columns; `unused=("a", "b")` leaves some out."""

from {tasks_module}.{name} import TASK
from training.recipe import Recipe, Split, ThresholdRule
from training.task_recipes import TaskRecipes

PRODUCTION = Recipe(
    name="production",
    split=Split(test_share={test_share}, validation="folds", folds={folds}),
    hidden=(32, 16),
    activation="relu",
    output_bias="prior",
    learning_rate=2e-3,
    batch_size={batch_size},
    epochs=100,
    patience=10,
    calibration="{calibration}",
    operating_points={{
{points}
    }},
)

TASK_RECIPES = TaskRecipes(task=TASK, recipes={{"production": PRODUCTION}})
'''


def write_recipe_file(name: str, tasks_module: str, target: Target) -> str:
    """Write the file; the number of folds and the batch size fit the number of rows."""
    is_binary = target.kind == "binary"
    rarest = min(target.rows.values())
    calibration = "logistic" if is_binary else "temperature"
    return TEXT.format(
        name=name,
        tasks_module=tasks_module,
        test_share=TEST_SHARE,
        folds=choose_folds(rarest),
        batch_size=256 if sum(target.rows.values()) > LARGE_TABLE else 32,
        calibration=calibration if rarest >= MIN_ROWS_TO_CALIBRATE else "none",
        points=BINARY_POINTS if is_binary else MULTICLASS_POINTS,
    )


def choose_folds(rows_of_rarest_class: int) -> int:
    """Give a number of folds that each have rows of every class, after the test part has taken its share."""
    test_rows = int(rows_of_rarest_class * TEST_SHARE) + 1
    return min(MAX_FOLDS, rows_of_rarest_class - test_rows)

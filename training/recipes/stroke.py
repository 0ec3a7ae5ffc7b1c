"""How to train the stroke model: as the lecture does, and as we ship it."""

from predictor.tasks.stroke import TASK
from predictor.thresholds import OperatingPoint
from training.recipe import Experiment, Recipe, RecipeBook, Split, carried_over

LECTURE_WEIGHT = 10.0

LECTURE = Recipe(
    name="lecture",
    split=Split(test_share=0.2, test_seed=7, holdout="random", holdout_share=0.25, holdout_seed=12),
    categories=("gender", "ever_married", "Residence_type", "work_type", "smoking_status"),
    flags=("hypertension", "heart_disease"),
    numbers=("age", "avg_glucose_level", "bmi"),
    hidden=(32, 16),
    positive_weight=LECTURE_WEIGHT,
    epochs=1000,
    patience=50,
    monitor="pr_auc",
    operating_points={
        "default": OperatingPoint(threshold=0.5, description="The lecture's first threshold"),
        "lecture_0.3": OperatingPoint(threshold=0.3, description="The lecture's second threshold"),
    },
)

PRODUCTION = LECTURE.model_copy(
    update={
        "name": "production",
        # The lecture's test rows stay sealed; every other row is held out once.
        "split": Split(test_share=0.2, test_seed=7, holdout="folds", folds=8),
        "positive_weight": 3.0,
        "learning_rate": 2e-3,
        "weight_decay": 1.0,
        "batch_size": 256,
        "epochs": 60,
        "patience": 12,
        "calibration": "logistic",
        "operating_points": {
            "default": OperatingPoint(
                threshold=0.08, description="One stroke found is worth 11.5 people flagged in vain"
            ),
            "lecture_0.5": OperatingPoint(
                threshold=carried_over(0.5, LECTURE_WEIGHT),
                description="The lecture's 0.5 on probabilities that its class weight of 10 had raised",
            ),
            "lecture_0.3": OperatingPoint(
                threshold=carried_over(0.3, LECTURE_WEIGHT),
                description="The lecture's 0.3 on probabilities that its class weight of 10 had raised",
            ),
        },
    }
)

BOOK = RecipeBook(task=TASK, recipes={"production": PRODUCTION, "lecture": LECTURE})

"""How to train the iris model: as the lecture does, and as we ship it."""

import numpy as np
from sklearn.datasets import load_iris

from predictor.tasks.iris import TASK
from predictor.thresholds import OperatingPoint
from training.data import DataSet
from training.recipe import Recipe, RecipeBook, Split

LECTURE = Recipe(
    name="lecture",
    split=Split(test_share=0.25, test_seed=24, holdout="last", holdout_share=0.25),
    numbers=("SepalLength", "SepalWidth", "PetalLength", "PetalWidth"),
    standardise=False,
    hidden=(30,),
    activation="relu",
    epochs=500,
    operating_points={
        "default": OperatingPoint(threshold=0.0, description="Always name the most probable class")
    },
)

PRODUCTION = LECTURE.model_copy(
    update={
        "name": "production",
        "split": Split(test_share=0.25, test_seed=24, holdout="folds", folds=10),
        "learning_rate": 3e-3,
        "epochs": 500,
        "patience": 50,
        "calibration": "temperature",
    }
)


def builtin_data() -> DataSet:
    """Give the 150 flowers that come with scikit-learn, under the lecture's names."""
    bunch = load_iris()
    names = [column.name for column in TASK.features.columns()]
    rows = [TASK.features.model_validate(dict(zip(names, row, strict=True))) for row in bunch.data.tolist()]
    return DataSet(TASK, tuple(rows), np.asarray(bunch.target, dtype=np.int64))


BOOK = RecipeBook(
    task=TASK, recipes={"production": PRODUCTION, "lecture": LECTURE}, builtin_data=builtin_data
)

"""The recipes of the iris model: the lecture's, and the one of the shipped model."""

import numpy as np
from sklearn.datasets import load_iris

from predictor.tasks.iris import TASK
from training.data.dataset import DataSet
from training.recipe import Recipe, Split, ThresholdRule
from training.task_recipes import Experiment, TaskRecipes

LECTURE = Recipe(
    name="lecture",
    split=Split(test_share=0.25, test_seed=24, stratified=False, validation="last", validation_share=0.25),
    standardise=False,
    hidden=(30,),
    activation="relu",
    epochs=500,
    operating_points={
        "default": ThresholdRule(rule="fixed", description="Always name the most probable class")
    },
)

PRODUCTION = LECTURE.model_copy(
    update={
        "name": "production",
        "split": Split(test_share=0.25, test_seed=24, stratified=False, validation="folds", folds=10),
        "learning_rate": 3e-3,
        "epochs": 500,
        "patience": 50,
        "calibration": "temperature",
    }
)


def builtin_data() -> DataSet:
    """Give the 150 flowers that come with scikit-learn, with the lecture's column names."""
    bunch = load_iris()
    names = [column.name for column in TASK.features.columns()]
    rows = [TASK.features.model_validate(dict(zip(names, row, strict=True))) for row in bunch.data.tolist()]
    return DataSet(TASK, tuple(rows), np.asarray(bunch.target, dtype=np.int64))


EARLY_STOPPING: dict[str, object] = {"patience": 50, "monitor": "accuracy"}

EXPERIMENTS = (
    Experiment(
        11,
        "5 epochs",
        {"epochs": 5, "validation": "none"},
        "loss 1.39 1.29 1.22 1.16 1.11, accuracy .29 to .34",
        "losses_and_accuracies",
    ),
    Experiment(
        12,
        "500 epochs, the last quarter of the training rows as validation",
        {},
        "4.04 s; test loss .0864, accuracy .9737",
        "test_figures",
    ),
    Experiment(
        13,
        "early stopping on validation accuracy",
        EARLY_STOPPING,
        "stops after 70 epochs, 0.55 s; test .8078, .9211",
        "test_figures",
    ),
    Experiment(14, "learning curves without early stopping", {}, "figure", "learning_curves"),
    Experiment(14, "learning curves with early stopping", EARLY_STOPPING, "figure", "learning_curves"),
    Experiment(
        15,
        "probabilities of the first four test rows, and their classes",
        {},
        "rows like (2e-6, .076, .924); virginica, virginica, versicolor, versicolor",
        "first_rows",
    ),
)

TASK_RECIPES = TaskRecipes(
    task=TASK,
    recipes={"production": PRODUCTION, "lecture": LECTURE},
    builtin_data=builtin_data,
    experiments=EXPERIMENTS,
)

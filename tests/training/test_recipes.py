"""The recipes on the real files: the lecture's results are reproduced, the production models good enough."""

import pytest

from predictor.tasks import find_task
from training.data.dataset import read_data
from training.recipes import find_task_recipes
from training.run import TrainingResult, train

RECIPES_BY_TASK = find_task_recipes()


def run(task: str, recipe: str, path=None) -> TrainingResult:
    task_recipes = RECIPES_BY_TASK[task]
    data = task_recipes.builtin_data() if task_recipes.builtin_data else read_data(path, find_task(task))
    return train(task_recipes.recipes[recipe], data)


@pytest.fixture(scope="module")
def lecture(stroke_csv):
    return run("stroke", "lecture", stroke_csv)


@pytest.fixture(scope="module")
def production(stroke_csv):
    return run("stroke", "production", stroke_csv)


def test_the_lectures_stroke_network_is_within_the_measured_ranges(lecture):
    metrics = lecture.test.metrics()

    assert 0.161 <= metrics["pr_auc"] <= 0.185
    assert 0.792 <= metrics["roc_auc"] <= 0.813


def test_the_lectures_stroke_network_stops_at_about_the_lectures_epoch(lecture):
    assert 52 <= len(lecture.history.epochs) <= 90
    assert lecture.history.best_epoch == len(lecture.history.epochs) - 50


@pytest.mark.parametrize(
    ("threshold", "lowest", "highest"),
    [
        (0.5, [[745, 161], [16, 28]], [[811, 227], [22, 34]]),
        (0.3, [[635, 260], [8, 38]], [[712, 337], [12, 42]]),
    ],
)
def test_the_confusion_matrix_of_the_lectures_stroke_network_is_about_the_lectures(
    lecture, threshold, lowest, highest
):
    matrix = lecture.test.confusion(threshold)

    # The ranges are those of six seeds; another seed may be slightly outside.
    for row in (0, 1):
        for column in (0, 1):
            tolerance = 4 if row else 30
            assert lowest[row][column] - tolerance <= matrix[row][column] <= highest[row][column] + tolerance


def test_the_production_stroke_model_is_good_enough_to_serve(production):
    metrics = production.test.metrics()

    assert metrics["roc_auc"] >= 0.79
    assert metrics["pr_auc"] >= 0.16
    assert metrics["brier"] <= 0.0450


def test_the_production_stroke_model_is_calibrated_on_the_test_rows(production):
    predicted, observed = production.test.probabilities_BC.mean(), production.test.labels_B.mean()

    assert predicted == pytest.approx(observed, rel=0.2)


def test_the_production_stroke_recipe_has_the_lectures_test_rows(production, lecture):
    assert production.splits.test.tolist() == lecture.splits.test.tolist()
    assert not set(production.splits.test) & (
        set(production.splits.train) | set(production.splits.validation)
    )


def test_the_production_iris_model_is_accurate():
    assert run("iris", "production").test.metrics()["accuracy"] >= 0.97


def test_the_lectures_iris_network_is_as_good_as_the_lectures():
    result = run("iris", "lecture")

    assert len(result.history.epochs) == 500
    assert result.test.metrics()["accuracy"] >= 0.94
    assert result.test.metrics()["loss"] <= 0.2

from typing import Annotated, ClassVar

import numpy as np
import pytest

from predictor.artefact.reader import Artefact, read_artefact
from predictor.artefact.weights import Array
from predictor.engines.numpy_engine import NumpyEngine
from predictor.model.ensemble import VALUES_PER_OUTPUT
from predictor.model.predictor import Predictor, load_predictor
from predictor.schema.column import Value
from predictor.schema.errors import PredictionNotFinite, UnknownTask
from predictor.schema.features import Features, number
from predictor.schema.task import Task
from predictor.tasks import find_task, find_tasks
from tests.support.artefacts import write_artefact
from tests.support.payloads import TASKS

STROKE, IRIS = find_task("stroke"), find_task("iris")


class Overflowing(NumpyEngine):
    """An engine whose computation overflows."""

    wrong = np.nan

    def calibrated_logits(self, raw_BK: Array) -> Array:
        return np.full_like(super().calibrated_logits(raw_BK), self.wrong)

    def calibrated_logits_of_row(self, row: Features) -> Array:
        return np.full_like(super().calibrated_logits_of_row(row), self.wrong)


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    for task in (STROKE, IRIS):
        write_artefact(folder, task)
    return folder


def row(task, **changes):
    return task.features.model_validate(task.features.example | changes)


def test_a_binary_model_has_one_output_and_a_multiclass_model_one_for_each_class(models):
    binary = load_predictor(models, STROKE).predict([row(STROKE)] * 2)
    multiclass = load_predictor(models, IRIS).predict([row(IRIS)] * 2)

    assert len(binary.numbers) == 2 * VALUES_PER_OUTPUT
    assert len(multiclass.numbers) == 2 * VALUES_PER_OUTPUT * 3
    assert multiclass.probabilities.sum(axis=1) == pytest.approx([1, 1])


def test_a_batch_has_the_predictions_of_its_single_rows_in_order(models):
    predictor = load_predictor(models, STROKE)
    rows = [row(STROKE, age=age, bmi=bmi) for age in range(1, 100, 7) for bmi in (None, 22.5)]

    together = predictor.predict(rows)
    alone = [predictor.predict([one]) for one in rows]

    assert together.numbers == [number for one in alone for number in one.numbers]
    assert together.intervals.tolist() == [one.intervals[0].tolist() for one in alone]
    assert together.prediction_sets == [one.prediction_sets[0] for one in alone]
    assert together.warnings == [one.warnings[0] for one in alone]
    assert len(np.unique(together.probabilities[:, 1])) > len(rows) / 2


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_a_prediction_that_is_not_finite_is_an_error(models, wrong):
    artefact: Artefact = read_artefact(models / "stroke" / "1")
    engine = Overflowing(artefact.model, STROKE.features.columns())
    engine.wrong = wrong
    predictor = Predictor(STROKE, artefact, engine)

    for rows in (1, engine.few_rows + 1):
        with pytest.raises(PredictionNotFinite):
            predictor.predict([row(STROKE)] * rows)


def test_a_prevalence_for_more_than_two_classes_is_refused(models):
    with pytest.raises(ValueError, match="A prevalence is for a task of two classes, and iris has more"):
        load_predictor(models, IRIS, prevalence=0.5)


def test_the_newest_version_is_loaded(models):
    write_artefact(models, IRIS, version=2, seed=1)

    assert load_predictor(models, IRIS).manifest.version == 2


def test_tasks_are_found_by_name_and_the_error_for_an_unknown_one_lists_them():
    assert {"iris", "stroke"} <= set(find_tasks())
    assert list(find_tasks()) == sorted(find_tasks())
    with pytest.raises(UnknownTask, match="iris, stroke"):
        find_task("weather")


@pytest.mark.parametrize("task", TASKS.values(), ids=lambda task: task.name)
def test_two_classes_have_one_output_and_more_have_one_each(task):
    assert task.outputs == (1 if task.kind == "binary" else len(task.classes))
    assert len(task.classes) == 2 or task.kind == "multiclass"


class OneColumn(Features):
    example: ClassVar[dict[str, Value]] = {"width": 3.0}

    width: Annotated[float, number(0, 30, "cm", "The only column")]


def test_a_task_with_a_single_column_is_predicted_alone_and_in_a_batch(tmp_path):
    task = Task("one", "One", "binary", OneColumn, "y", ("no", "yes"), "anything")
    write_artefact(tmp_path, task)
    predictor = load_predictor(tmp_path, task)
    one = OneColumn.model_validate(OneColumn.example)

    together = predictor.predict([one] * (predictor.engine.few_rows + 1))

    assert together.numbers[:VALUES_PER_OUTPUT] == predictor.predict([one]).numbers

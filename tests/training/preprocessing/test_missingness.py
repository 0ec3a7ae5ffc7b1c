"""Rows made so that a missing value carries the outcome, as in a badly collected file, and values do not.

A model that reads missingness has another answer for the rows with a gap than one without the column.
"""

from pathlib import Path
from typing import Annotated, ClassVar

import numpy as np
import pytest

from predictor.model.predictor import read_predictor
from predictor.schema.column import Value
from predictor.schema.features import Features, number
from predictor.schema.task import Task
from training.data.dataset import DataSet
from training.publication.publish import publish
from training.recipe import Recipe, Split, ThresholdRule
from training.run import train

ROWS = 3_000


class Measured(Features):
    """The outcome depends on the age, and on whether the size was measured."""

    example: ClassVar[dict[str, Value]] = {"age": 50.0, "size": 30.0}

    age: Annotated[float, number(0, 100)]
    size: Annotated[float | None, number(0, 100)] = None


TASK = Task(
    name="measured",
    title="Measured",
    kind="binary",
    features=Measured,
    target="outcome",
    classes=("0", "1"),
    outcome="an outcome",
)
RECIPE = Recipe(
    name="small",
    split=Split(validation="folds", folds=4),
    hidden=(16, 8),
    learning_rate=5e-3,
    batch_size=64,
    epochs=15,
    output_bias="prior",
    calibration="logistic",
    operating_points={"default": ThresholdRule(rule="fixed", value=0.5, description="One half")},
)


def measured_rows() -> DataSet:
    random = np.random.default_rng(0)
    rows, labels = [], []
    for _ in range(ROWS):
        age, size = random.uniform(20, 90), random.normal(30, 6)
        label = random.random() < 0.02 + 0.2 * (age > 60)
        is_missing = random.random() < (0.5 if label else 0.05)
        rows.append(Measured(age=age, size=None if is_missing else float(np.clip(size, 0, 100))))
        labels.append(int(label))
    return DataSet(TASK, tuple(rows), np.array(labels))


DATA = measured_rows()
GAPS = [row for row in DATA.rows if row.model_dump()["size"] is None]


SIZES = np.random.default_rng(1).normal(30, 6, len(GAPS))
# The same rows as if they had been measured.
MEASURED = [row.model_copy(update={"size": size}) for row, size in zip(GAPS, SIZES.tolist(), strict=True)]


def mean_answers(folder: Path, **changes: object) -> tuple[float, float]:
    """Train, and give the mean answer on the rows with a gap, and on the same rows with a size."""
    result = train(RECIPE.model_copy(update=changes), DATA)
    model = read_predictor(publish(result, folder), TASK, "cpu")
    with_gap, measured = (model.predict(rows).probabilities[:, 1] for rows in (GAPS, MEASURED))
    return float(with_gap.mean()), float(measured.mean())


def test_a_gap_raises_the_answer_of_a_model_with_the_mean(tmp_path):
    with_gap, measured = mean_answers(tmp_path, impute_numbers="mean")

    assert with_gap > 1.5 * measured


def test_a_gap_does_not_change_the_answer_of_a_model_of_known_rows(tmp_path):
    with_gap, measured = mean_answers(tmp_path, impute_numbers="known_rows")

    assert with_gap == pytest.approx(measured, rel=0.05)


def test_a_model_with_draws_answers_like_one_without_the_column(tmp_path):
    with_gap, measured = mean_answers(tmp_path, impute_numbers="draws", impute_like=("age",))
    without_the_column, _ = mean_answers(tmp_path, unused=("size",))

    assert with_gap == pytest.approx(measured, rel=0.05)
    assert with_gap == pytest.approx(without_the_column, rel=0.05)

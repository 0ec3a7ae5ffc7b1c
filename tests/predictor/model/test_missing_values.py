from typing import Annotated

import numpy as np
import pytest

from predictor.artefact.records import FeatureRecord, TrainingStatistics
from predictor.model.input_warnings import RowWarning
from predictor.model.missing_values import GRID_POINTS, ImputationRanges
from predictor.model.predictor import load_predictor
from predictor.schema.features import Features, number
from predictor.tasks.stroke import TASK as STROKE
from tests.support.artefacts import write_artefact

STATISTICS = TrainingStatistics(minimum=0, maximum=100, percentiles=(10.5, 20, 30, 40, 50), fill=30)
IMPUTED = RowWarning(field="mass", code="imputed", message="mass is missing.")
SPARSE = RowWarning(field="height", code="sparse", message="Few are as high.")


class Body(Features):
    mass: Annotated[float | None, number(0, 100, "kg", "Mass")] = None
    height: Annotated[float | None, number(0, 100, "cm", "Height")] = None


MASS, HEIGHT = Body.columns()


def feature(column=MASS, training=STATISTICS, *, unit="kg"):
    return FeatureRecord(column=column.model_copy(update={"unit": unit}), training=training, used=True)


def by_mass(raw_GK):
    return raw_GK[:, :1] / 100


def messages_with_ranges(*features, columns=(MASS,), probabilities=by_mass, warnings=(IMPUTED,)):
    by_row = [tuple(warnings)]
    ImputationRanges(features, columns).add_ranges(by_row, [Body()], probabilities)
    return [warning.message for warning in by_row[0]]


def test_the_message_has_the_percentiles_of_the_column_and_the_range_of_the_probability():
    (message,) = messages_with_ranges(feature())

    assert message == (
        "mass is missing. From 10.5 to 50 kg, the 5th to 95th percentile in training, the probability goes "
        "from 0.105 to 0.500."
    )


def test_the_message_for_a_column_without_a_unit_has_none():
    assert "From 10.5 to 50, the 5th" in messages_with_ranges(feature(unit=None))[0]


@pytest.mark.parametrize("middle", [15, 25, 30, 35, 45])
def test_the_range_includes_extrema_between_the_percentiles(middle):
    def hump(raw_GK):
        return (np.abs(raw_GK[:, :1] - middle) <= 1) * 0.25 + 0.5

    (message,) = messages_with_ranges(feature(), probabilities=hump)

    assert message.endswith("goes from 0.500 to 0.750.")


def test_with_several_classes_the_range_is_that_of_the_most_probable_class():
    def probabilities(raw_GK):
        second = raw_GK[:, 0] / 100 + 0.2
        return np.stack([0.9 - second, second, np.full(len(raw_GK), 0.1)], axis=1)

    (message,) = messages_with_ranges(feature(), probabilities=probabilities)

    assert message.endswith("goes from 0.305 to 0.700.")


def test_another_missing_column_stays_missing():
    calls = []

    def probabilities(raw_GK):
        calls.append(raw_GK)
        return np.full((len(raw_GK), 1), 0.5)

    messages_with_ranges(feature(), feature(HEIGHT), columns=(MASS, HEIGHT), probabilities=probabilities)

    (grid_GK,) = calls
    assert grid_GK[[0, -1], 0].tolist() == [10.5, 50]
    assert len(set(grid_GK[:, 0])) == GRID_POINTS
    assert np.isnan(grid_GK[:, 1]).all()


def test_a_column_that_the_model_does_not_use_has_no_range():
    assert messages_with_ranges(feature(), columns=(HEIGHT,)) == [IMPUTED.message]


def test_a_column_without_percentiles_has_no_range():
    training = STATISTICS.model_copy(update={"percentiles": ()})

    assert messages_with_ranges(feature(training=training)) == [IMPUTED.message]


def test_other_warnings_and_the_order_do_not_change():
    messages = messages_with_ranges(
        feature(), feature(HEIGHT), columns=(MASS, HEIGHT), warnings=(SPARSE, IMPUTED)
    )

    assert messages[0] == SPARSE.message
    assert messages[1].startswith(IMPUTED.message)


def test_a_row_has_the_same_range_alone_and_in_a_batch(tmp_path):
    write_artefact(tmp_path, STROKE)
    predictor = load_predictor(tmp_path, STROKE)
    rows = [
        STROKE.features.model_validate(STROKE.features.example | {"age": age, "bmi": bmi})
        for age in (5.0, 40.0, 70.0)
        for bmi in (None, 25.0)
    ]

    together = predictor.predict(rows).warnings

    assert together == [predictor.predict([row]).warnings[0] for row in rows]
    imputed = [[w.message for w in warnings if w.code == "imputed"] for warnings in together]
    assert [len(messages) for messages in imputed] == [1, 0] * 3
    assert all("the probability goes from" in message for messages in imputed for message in messages)

import numpy as np
import pytest

from predictor.encoding import raw_matrix
from predictor.features import Column
from predictor.imputation import tell_imputed
from predictor.manifest import FeatureRecord, Support
from predictor.predictor import load_predictor
from predictor.row_warnings import RowWarning
from predictor.tasks.stroke import TASK as STROKE
from tests.artefacts import write_artefact

SUPPORT = Support(minimum=0, maximum=100, percentiles=(10.5, 20, 30, 40, 50), fill=30)
IMPUTED = RowWarning(field="mass", code="imputed", message="mass is missing.")
SPARSE = RowWarning(field="height", code="sparse", message="Few are as high.")


def feature(name="mass", training=SUPPORT, *, used=True, unit="kg"):
    column = Column(name=name, kind="number", unit=unit, minimum=0, maximum=100, nullable=True)
    return FeatureRecord(column=column, training=training, used=used)


def tell(*features, probabilities=lambda raw_GK: raw_GK[:, :1] / 100, warnings=(IMPUTED,)):
    raw_K = np.full(len(features), np.nan)
    return [w.message for w in tell_imputed(raw_K, features, list(warnings), probabilities)]


def test_the_message_tells_the_columns_percentiles_and_the_answers_over_them():
    (message,) = tell(feature())

    assert message == (
        "mass is missing. From 10.5 to 50 kg, the 5th to 95th percentile in training, the probability goes "
        "from 0.105 to 0.500."
    )


def test_a_column_without_a_unit_is_told_without_one():
    assert "From 10.5 to 50, the 5th" in tell(feature(unit=None))[0]


@pytest.mark.parametrize("middle", [15, 25, 30, 35, 45])
def test_the_range_holds_what_lies_between_the_ends_and_between_the_percentiles(middle):
    def hump(raw_GK):
        return (np.abs(raw_GK[:, :1] - middle) <= 1) * 0.25 + 0.5

    (message,) = tell(feature(), probabilities=hump)

    assert message.endswith("goes from 0.500 to 0.750.")


def test_among_several_classes_the_range_is_that_of_the_likeliest():
    def probabilities(raw_GK):
        second = raw_GK[:, 0] / 100 + 0.2
        return np.stack([0.9 - second, second, np.full(len(raw_GK), 0.1)], axis=1)

    (message,) = tell(feature(), probabilities=probabilities)

    assert message.endswith("goes from 0.305 to 0.700.")


def test_another_missing_column_stays_missing():
    asked = []

    def probabilities(raw_GK):
        asked.append(raw_GK)
        return np.full((len(raw_GK), 1), 0.5)

    tell(feature(), feature("height"), probabilities=probabilities)

    ((grid_GK,),) = (asked,)
    assert (grid_GK[0, 0], grid_GK[-1, 0]) == (10.5, 50)
    assert np.isnan(grid_GK[:, 1]).all()


@pytest.mark.parametrize(
    "silent", [feature(used=False), feature(training=SUPPORT.model_copy(update={"percentiles": ()}))]
)
def test_a_column_that_is_unused_or_was_not_counted_has_no_range(silent):
    assert tell(silent) == [IMPUTED.message]


def test_other_warnings_stay_as_they_are_and_where_they_are():
    messages = tell(feature(), feature("height"), warnings=(SPARSE, IMPUTED))

    assert messages[0] == SPARSE.message
    assert messages[1].startswith(IMPUTED.message)


def test_a_row_is_told_the_same_alone_and_among_others(tmp_path):
    write_artefact(tmp_path, STROKE)
    predictor = load_predictor(tmp_path, STROKE)
    rows = [
        STROKE.features.model_validate(STROKE.features.example | {"age": age, "bmi": bmi})
        for age in (5.0, 40.0, 70.0)
        for bmi in (None, 25.0)
    ]
    raw_BK = raw_matrix(rows, STROKE.features.columns())

    together = predictor.predict(rows).warnings

    assert np.isnan(raw_BK).any(axis=1).tolist() == [True, False] * 3
    assert together == [predictor.predict([row]).warnings[0] for row in rows]
    assert all("the probability goes from" in warnings[-1].message for warnings in together[::2])

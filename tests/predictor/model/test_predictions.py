"""What a caller reads from predictions: probabilities, labels, intervals, prediction sets, a DataFrame."""

import numpy as np
import pandas as pd
import pytest

import predictor
from predictor.schema.errors import InvalidThreshold, UnknownOperatingPoint
from predictor.tasks import find_task
from tests.support.artefacts import write_artefact
from tests.support.payloads import row_of

PEOPLE = [
    row_of("stroke") | {"age": float(age), "bmi": None if age % 2 else 25.0} for age in range(5, 100, 5)
]
FLOWERS = [row_of("iris") | {"PetalLength": length / 10} for length in range(1, 100, 7)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    for name in ("stroke", "iris"):
        write_artefact(folder, find_task(name), seed=5)
    return folder


@pytest.fixture(scope="module")
def people(folder):
    return predictor.load(folder / "stroke").predict(PEOPLE)


@pytest.fixture(scope="module")
def flowers(folder):
    return predictor.load(folder / "iris").predict(FLOWERS)


def test_predictions_describe_themselves_in_one_line(people):
    assert repr(people) == f"<Predictions: {len(PEOPLE)} rows, stroke version 1>"


def test_there_is_one_column_of_probabilities_for_each_class(people, flowers):
    assert people.probabilities.shape == (len(people), 2) == (len(PEOPLE), 2)
    assert flowers.probabilities.shape == (len(flowers), 3) == (len(FLOWERS), 3)
    assert people.probabilities.sum(axis=1) == pytest.approx(1)
    assert flowers.probabilities.sum(axis=1) == pytest.approx(1)


def test_probabilities_have_nine_decimals(people, flowers):
    for probabilities in (people.probabilities, flowers.probabilities):
        assert probabilities.tolist() == probabilities.round(9).tolist()


def test_an_interval_holds_the_members_and_is_that_of_each_output(people, flowers):
    assert people.intervals.shape == (len(PEOPLE), 2)
    assert flowers.intervals.shape == (len(FLOWERS), 3, 2)
    assert (people.intervals[:, 0] <= people.intervals[:, 1]).all()
    assert (flowers.intervals[:, :, 0] <= flowers.intervals[:, :, 1]).all()


def test_a_binary_label_is_1_exactly_where_the_probability_is_at_least_the_threshold(people):
    positive = people.probabilities[:, 1]

    for threshold in (0, 0.3, *positive.tolist(), 1):
        labels = people.labels(threshold=threshold)

        assert labels.dtype == np.int64
        assert labels.tolist() == [int(probability >= threshold) for probability in positive.tolist()]


def test_a_multiclass_label_is_the_likeliest_class_or_none_below_the_threshold(flowers):
    names = find_task("iris").classes

    for threshold in (0, 0.5, *flowers.probabilities.max(axis=1).tolist(), 1):
        expected = [
            names[of_row.index(max(of_row))] if max(of_row) >= threshold else None
            for of_row in flowers.probabilities.tolist()
        ]
        assert flowers.labels(threshold=threshold).tolist() == expected


def test_labels_use_the_models_threshold_a_given_one_or_an_operating_point(people):
    assert people.labels().tolist() == people.labels(threshold=0.3).tolist()
    assert people.labels(operating_point="half").tolist() == people.labels(0.5).tolist()
    assert people.labels(0.3).tolist() != people.labels(0.5).tolist()


@pytest.mark.parametrize("threshold", [-0.1, 1.1, float("nan"), float("inf")])
def test_a_threshold_outside_0_to_1_is_refused(people, threshold):
    with pytest.raises(InvalidThreshold, match="from 0 to 1"):
        people.labels(threshold=threshold)


def test_a_threshold_and_an_operating_point_at_once_are_refused(people):
    with pytest.raises(InvalidThreshold, match="not both"):
        people.labels(threshold=0.1, operating_point="half")


def test_an_unknown_operating_point_of_labels_is_refused_with_those_that_exist(people):
    with pytest.raises(UnknownOperatingPoint, match="default, half"):
        people.labels(operating_point="reckless")


def test_prediction_sets_hold_labels_and_grow_as_the_error_rate_falls(folder):
    model = predictor.load(folder / "stroke")
    careful, ordinary = (model.predict(PEOPLE, error_rate=rate).prediction_sets for rate in (0.05, 0.5))

    assert {label for of_row in careful for label in of_row} == {0, 1}
    assert all(set(few) <= set(many) for few, many in zip(ordinary, careful, strict=True))


def test_prediction_sets_of_several_classes_hold_their_names(flowers):
    assert {label for of_row in flowers.prediction_sets for label in of_row} <= set(find_task("iris").classes)


def test_each_row_has_a_tuple_of_its_own_warnings(people):
    assert [
        [warning.field for warning in of_row if warning.code == "imputed"] for of_row in people.warnings
    ] == [["bmi"] if row["bmi"] is None else [] for row in PEOPLE]


def test_a_data_frame_has_a_row_for_each_prediction_of_a_binary_task(people):
    frame = people.to_pandas(threshold=0.5)

    assert list(frame) == [
        "probability",
        "label",
        "interval_low",
        "interval_high",
        "prediction_set",
        "warnings",
    ]
    assert frame["probability"].tolist() == people.probabilities[:, 1].tolist()
    assert frame["label"].tolist() == people.labels(0.5).tolist()
    assert frame[["interval_low", "interval_high"]].to_numpy().tolist() == people.intervals.tolist()
    assert frame["prediction_set"].tolist() == people.prediction_sets
    assert frame["warnings"].tolist() == people.warnings


def test_a_data_frame_has_three_columns_for_each_of_several_classes(flowers):
    frame = flowers.to_pandas()

    for k, name in enumerate(find_task("iris").classes):
        assert frame[f"probability_{name}"].tolist() == flowers.probabilities[:, k].tolist()
        assert frame[f"interval_low_{name}"].tolist() == flowers.intervals[:, k, 0].tolist()
        assert frame[f"interval_high_{name}"].tolist() == flowers.intervals[:, k, 1].tolist()
    assert frame["label"].tolist() == flowers.labels().tolist()


def test_a_data_frame_keeps_the_index_of_the_one_that_was_given(folder):
    model = predictor.load(folder / "iris")
    given = pd.DataFrame(FLOWERS, index=[f"flower {n}" for n in range(len(FLOWERS))])

    assert model.predict(given).to_pandas().index.equals(given.index)
    assert given.join(model.predict(given[::-1]).to_pandas())["label"].notna().all()
    assert model.predict(FLOWERS).to_pandas().index.tolist() == list(range(len(FLOWERS)))

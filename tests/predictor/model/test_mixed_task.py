"""A model of a task with every kind of column, names that are no identifiers, and classes with names."""

import numpy as np
import pandas as pd
import pytest

import predictor
from predictor.model.predictor import load_predictor
from tests.support.artefacts import write_artefact
from tests.support.mixed_task import MIXED, NULLABLE, mixed_rows

ROWS, _ = mixed_rows(60, gaps=0.3)
RECORDS = [row.model_dump() for row in ROWS]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    write_artefact(folder, MIXED, seed=3)
    return load_predictor(folder, MIXED)


@pytest.fixture(scope="module")
def expected(model):
    return model.predict(ROWS)


def arrow_table(records):
    return pytest.importorskip("pyarrow").Table.from_pylist(records)


@pytest.mark.parametrize(
    "make",
    [
        list,
        pd.DataFrame,
        lambda records: pd.DataFrame(records).convert_dtypes(),
        lambda records: pd.DataFrame(records).astype(object),
        lambda records: pd.DataFrame(records).astype({"colour": "category", "Größe": "category"}),
        lambda records: pd.DataFrame(records).astype({"active": bool, "age": np.int16}),
        lambda records: pd.DataFrame(records).assign(mean_radius=1.0, id=7),
        lambda records: pd.DataFrame(records).to_dict("records"),
        lambda records: [{name: v for name, v in record.items() if v is not None} for record in records],
        arrow_table,
    ],
)
def test_rows_in_every_form_have_the_same_predictions(model, expected, make):
    predictions = model.predict(make(RECORDS))

    assert predictions.numbers == expected.numbers
    assert predictions.warnings == expected.warnings


def test_a_row_has_the_same_prediction_alone_and_in_a_batch(model, expected):
    alone = [model.predict([row]) for row in ROWS]

    assert [number for one in alone for number in one.numbers] == expected.numbers
    assert [one.warnings[0] for one in alone] == expected.warnings


def test_warnings_name_the_columns_in_their_order(expected):
    for record, warnings in zip(RECORDS, expected.warnings, strict=True):
        imputed = [warning.field for warning in warnings if warning.code == "imputed"]
        assert imputed == [name for name in NULLABLE if record[name] is None]


def test_a_table_may_lack_the_nullable_columns_alone(model):
    frame = pd.DataFrame(RECORDS)

    assert len(model.predict(frame.drop(columns=list(NULLABLE)))) == len(RECORDS)
    with pytest.raises(predictor.InvalidRow, match=r"^The table lacks these columns: weight\.kg\{0\}\.$"):
        model.predict(frame.drop(columns="weight.kg{0}"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("mean radius", "wide"),
        ("1st_floor", 1.5),
        ('is "member"', "yes"),
        ("Größe", "riesig"),
        ("age", 121),
        ("weight.kg{0}", None),
        ("active", 2),
    ],
)
def test_a_bad_value_is_refused_with_the_name_of_its_column(model, name, value):
    with pytest.raises(predictor.InvalidRow) as refused:
        model.predict([MIXED.features.example | {name: value}])

    assert str(refused.value).startswith(f"Row 0: {name}: Input should be ")


def test_the_labels_of_two_classes_with_names_are_the_names(expected):
    positive_B = expected.probabilities[:, 1]

    for threshold in (0.0, 0.3, *positive_B[:5].tolist(), 1.0):
        labels = ["leaves" if probability >= threshold else "stays" for probability in positive_B]
        assert expected.labels(threshold).tolist() == labels
        assert expected.to_pandas(threshold)["label"].tolist() == labels


def test_prediction_sets_of_two_classes_with_names_hold_the_names(expected):
    sets = expected.prediction_sets

    members = np.reshape(expected.is_member, (-1, 2)).tolist()
    assert sets == [["stays"] * stays + ["leaves"] * leaves for stays, leaves in members]
    assert any(sets)
    assert expected.to_pandas()["prediction_set"].tolist() == expected.prediction_sets


@pytest.mark.parametrize(
    ("classes", "labels"),
    [(("0", "1"), (0, 1)), (("1", "0"), ("1", "0")), (("no", "yes"), ("no", "yes"))],
)
def test_labels_are_numbers_where_the_classes_are_0_and_1_in_this_order(expected, classes, labels):
    assert expected.manifest.model_copy(update={"classes": classes}).labels == labels

"""Rows of every kind get the predictions of the task's own features, and a bad row is named."""

import numpy as np
import pandas as pd
import pytest

import predictor
from tests.support.payloads import RECORDS, TASKS, row_of

INDEX = ["a", "b", "c", "d", "e", "f"]


class ArrowTable:
    """What pyarrow's table offers and the package uses, where pyarrow is not installed."""

    def __init__(self, records):
        self._records = records
        self.column_names = list(records[0])

    def select(self, columns):
        return ArrowTable([{name: record[name] for name in columns} for record in self._records])

    def to_pylist(self):
        return self._records


def shuffled_frame(records):
    """Give a DataFrame with the columns in another order, and with columns that the task does not have."""
    frame = pd.DataFrame(records, index=INDEX)
    return frame[frame.columns[::-1]].assign(id=range(len(records)), target="unknown")


def arrow_table(records):
    pyarrow = pytest.importorskip("pyarrow")
    return pyarrow.Table.from_pandas(shuffled_frame(records))


INPUTS = {
    "dicts": list,
    "tuple of dicts": tuple,
    "generator of dicts": iter,
    "dicts without missing columns": lambda records: [
        {name: value for name, value in record.items() if value is not None} for record in records
    ],
    "dicts of a DataFrame": lambda records: pd.DataFrame(records).to_dict("records"),
    "dicts of numpy numbers": lambda records: [
        {
            name: value if value is None or isinstance(value, str) else np.array(value)[()]
            for name, value in record.items()
        }
        for record in records
    ],
    "DataFrame": shuffled_frame,
    "DataFrame with nullable types": lambda records: shuffled_frame(records).convert_dtypes(),
    "DataFrame of objects": lambda records: shuffled_frame(records).astype(object),
    "DataFrame with categories": lambda records: shuffled_frame(records).apply(
        lambda column: column.astype("category") if column.dtype == "str" else column
    ),
    "like an Arrow table": lambda records: ArrowTable([record | {"id": 1} for record in records]),
    "Arrow table": arrow_table,
    "Arrow batch": lambda records: arrow_table(records).to_batches()[0],
}


def features_of(model, records):
    return [model.task.features.model_validate(record) for record in records]


@pytest.mark.parametrize("make", INPUTS.values(), ids=INPUTS)
def test_every_kind_of_rows_gets_the_predictions_of_the_features(model, name, make):
    expected = model.predict(features_of(model, RECORDS[name]))

    predictions = model.predict(make(RECORDS[name]))

    assert predictions.numbers == expected.numbers
    assert predictions.is_member == expected.is_member
    assert predictions.warnings == expected.warnings


@pytest.mark.parametrize("flags", [[True, False], [1.0, 0.0], [np.bool_(1), np.float32(0)], [1, 0]])
def test_a_flag_may_be_a_boolean_or_a_whole_float(stroke, flags):
    record = row_of("stroke")
    expected = stroke.predict([record | {"hypertension": flag} for flag in (1, 0)]).numbers

    assert stroke.predict([record | {"hypertension": flag} for flag in flags]).numbers == expected
    assert stroke.predict(pd.DataFrame([record] * 2).assign(hypertension=flags)).numbers == expected


@pytest.mark.parametrize("missing", [None, float("nan"), np.nan, np.float32("nan"), pd.NA, pd.NaT])
def test_every_form_of_a_missing_value_is_accepted(stroke, missing):
    expected = stroke.predict([row_of("stroke") | {"bmi": None}])

    assert stroke.predict([row_of("stroke") | {"bmi": missing}]).numbers == expected.numbers
    assert "imputed" in [warning.code for warning in expected.warnings[0]]


@pytest.mark.parametrize("rows", [[], (), pd.DataFrame([row_of("stroke")])[:0]])
def test_no_rows_get_no_predictions(stroke, rows):
    predictions = stroke.predict(rows)

    assert len(predictions) == 0
    assert predictions.probabilities.shape == predictions.intervals.shape == (0, 2)
    assert predictions.labels().tolist() == predictions.prediction_sets == predictions.warnings == []
    assert len(predictions.to_pandas()) == 0


@pytest.mark.parametrize(
    ("column", "value", "allowed"),
    [
        ("age", 123.456, "less than or equal to 120"),
        ("age", "123.456", "a valid number"),
        ("age", True, "a valid number"),
        ("age", float("inf"), "a finite number"),
        ("age", None, "a valid number"),
        ("age", [123.456], "a valid number"),
        ("hypertension", 0.5, "0, 1, false or true"),
        ("hypertension", 99, "0, 1, false or true"),
        ("gender", "123.456", "'Female', 'Male' or 'Other'"),
    ],
)
@pytest.mark.parametrize("make", [list, pd.DataFrame, ArrowTable])
def test_a_bad_value_is_refused_with_its_row_and_column_and_never_shown(stroke, make, column, value, allowed):
    records = [*RECORDS["stroke"], row_of("stroke") | {column: value}]

    with pytest.raises(predictor.InvalidRow) as refused:
        stroke.predict(make(records))

    assert str(refused.value).startswith(f"Row {len(records) - 1}: {column}: Input should be ")
    assert allowed in str(refused.value)
    assert "123" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_every_bad_column_of_a_row_is_named(stroke):
    with pytest.raises(ValueError, match=r"^Row 0: age: .*; bmi: .*; shoe_size: Extra inputs"):
        stroke.predict([row_of("stroke") | {"age": -1, "bmi": "many", "shoe_size": 42}])


def test_a_missing_column_of_a_dict_is_named(stroke):
    with pytest.raises(predictor.InvalidRow, match=r"^Row 1: gender: Field required\.$"):
        stroke.predict([row_of("stroke"), {n: v for n, v in row_of("stroke").items() if n != "gender"}])


def test_missing_columns_of_a_table_are_named(stroke):
    frame = pd.DataFrame(RECORDS["stroke"])

    with pytest.raises(predictor.InvalidRow, match=r"^The table lacks these columns: gender, age\.$"):
        stroke.predict(frame.drop(columns=["age", "gender"]))
    assert stroke.predict(frame.drop(columns="bmi")).labels().shape == (6,)


def test_a_column_that_a_table_has_twice_is_named(stroke):
    frame = pd.DataFrame(RECORDS["stroke"])

    with pytest.raises(predictor.InvalidRow, match="these columns more than once: age"):
        stroke.predict(pd.concat([frame, frame[["age"]]], axis=1))


@pytest.mark.parametrize("rows", [row_of("stroke"), "text", [["Female", 71]], pd.Series([1.0]), [row_of, 1]])
def test_an_object_that_is_not_a_list_of_rows_is_refused(stroke, rows):
    with pytest.raises(predictor.InvalidRow, match=r"^Row 0 is a \w+, not a dict of columns; .*\[row\]"):
        stroke.predict(rows)


def test_rows_of_another_task_are_refused(stroke):
    with pytest.raises(predictor.InvalidRow, match="Row 0 is a IrisFeatures"):
        stroke.predict([TASKS["iris"].features.model_validate(row_of("iris"))])


@pytest.mark.parametrize("error_rate", [0, 1, -0.5, 2, float("nan")])
def test_an_error_rate_outside_0_to_1_is_refused(model, name, error_rate):
    with pytest.raises(ValueError, match="between 0 and 1"):
        model.predict(RECORDS[name], error_rate=error_rate)

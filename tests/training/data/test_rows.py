"""How cells of a data file may be written: missing values, flags and classes."""

import dataclasses

import pytest

from tests.support.training.made_up import IRIS, QUICK, STROKE, stroke_records, write_csv
from training.__main__ import main
from training.data.dataset import read_data
from training.errors import UsageError

IRIS_HEADER = (*(column.name for column in IRIS.features.columns()), IRIS.target)


def read(tmp_path, records, task=STROKE, header=None):
    return read_data(write_csv(tmp_path / "rows.csv", records, *([header] if header else [])), task)


@pytest.mark.parametrize("text", ["None", "<NA>", "#N/A", "NULL", "n/a", "-nan", "", " NA "])
def test_f7_what_pandas_reads_as_missing_is_missing(tmp_path, text):
    records = stroke_records(rows=40)
    records[4]["bmi"] = text

    assert read(tmp_path, records).rows[4].__dict__["bmi"] is None


@pytest.mark.parametrize("text", ["-", "?", ".", "missing", "NONE"])
def test_f7_another_mark_is_refused_with_the_list_of_what_counts_as_missing(tmp_path, capsys, text):
    records = stroke_records(rows=40)
    records[4]["bmi"] = text
    path = write_csv(tmp_path / "rows.csv", records)

    status = main(["stroke", "--data", str(path), *QUICK])

    error = capsys.readouterr().err
    assert status == 2
    assert error.count("\n") == 1
    assert "row 5 (line 6), column 'bmi'" in error
    assert "a missing value is an empty cell or one of #N/A, " in error
    assert error.endswith(", nan, null.\n")


@pytest.mark.parametrize(
    "texts", [("0.0", "1.0"), ("0.", "1."), ("False", "True"), ("FALSE", "TRUE"), ("false", "true")]
)
def test_f8_flags_and_the_target_are_read_as_decimals_and_booleans(tmp_path, texts):
    records = stroke_records(rows=40)
    plain = read(tmp_path, records)
    for record in records:
        for name in ("hypertension", "heart_disease", "stroke"):
            record[name] = texts[int(record[name])]

    assert read(tmp_path, records).fingerprint() == plain.fingerprint()


@pytest.mark.parametrize(
    ("classes", "texts"),
    [
        (("1", "2", "3"), ("1.0", "2.00", "3")),
        (("1.0", "2.0", "3.0"), ("1", "2", "3")),
        (("False", "True", "other"), ("false", "TRUE", "other")),
        (("False", "True", "other"), ("0", "1.0", "other")),
        (("1", "1.0", "2"), ("1", "1.0", "2")),
    ],
)
def test_f8_a_class_is_read_as_another_text_of_the_same_number(tmp_path, classes, texts):
    task = dataclasses.replace(IRIS, classes=classes)

    data = read(tmp_path, iris_records(texts), task, IRIS_HEADER)

    assert data.labels.tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("classes", "text"),
    [
        (("1", "2", "3"), "True"),
        (("1", "2", "3"), "1.5"),
        (("1", "1.0", "2"), "2.0"),
        (("a", "b", "c"), "nan"),
        (("a", "b", "c"), "A"),
    ],
)
def test_f8_a_text_that_is_no_class_is_refused(tmp_path, classes, text):
    task = dataclasses.replace(IRIS, classes=classes)

    with pytest.raises(UsageError, match=r"row 2 \(line 3\), column 'Species': .*must be one of "):
        read(tmp_path, iris_records((classes[0], text, classes[2])), task, IRIS_HEADER)


def iris_records(targets) -> list[dict[str, str]]:
    lengths = dict.fromkeys(IRIS_HEADER, "1.5")
    return [{**lengths, IRIS.target: target} for target in targets]


def test_a_run_on_decimals_and_booleans_gives_the_model_of_a_plain_file(tmp_path, capsys):
    records = stroke_records()
    written = [
        {
            **record,
            "stroke": ("False", "True")[int(record["stroke"])],
            "hypertension": record["hypertension"] + ".0",
        }
        for record in records
    ]
    weights = []
    for name, rows in (("plain", records), ("written", written)):
        path = write_csv(tmp_path / f"{name}.csv", rows)
        assert main(["stroke", "--data", str(path), "--out", str(tmp_path / name), *QUICK]) == 0
        weights.append((tmp_path / name / "stroke" / "1" / "model.safetensors").read_bytes())

    assert weights[0] == weights[1]
    assert capsys.readouterr().err == ""

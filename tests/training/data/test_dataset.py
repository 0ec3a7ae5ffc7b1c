"""The data file: what it may look like, and the one-line message with exit status 2 for each error in it."""

import subprocess
import sys

import numpy as np
import pytest

from tests.support.training.made_up import HEADER, QUICK, STROKE, csv_text, stroke_records, write_csv
from training.__main__ import main
from training.data.dataset import DataSet, read_data

# The text of refused cells, which no message may repeat.
SECRET = "secret-value"


def refusal(capsys, tmp_path, path) -> str:
    """Train on the file, and give the one line on standard error without the path."""
    out = tmp_path / "models"

    status = main(["stroke", "--data", str(path), "--out", str(out), *QUICK])

    error = capsys.readouterr().err
    assert status == 2
    assert error.count("\n") == 1
    assert error.startswith(str(path))
    assert error.endswith(".\n")
    assert SECRET not in error
    assert not out.exists()
    return error.removeprefix(str(path))


def with_cell(row: int, column: str, text: str) -> list[dict[str, str]]:
    """Give made-up records in which one cell of a row, counted from 1, has this text."""
    records = stroke_records(rows=40)
    records[row - 1][column] = text
    return records


def without_column(name: str) -> tuple[str, ...]:
    return tuple(column for column in HEADER if column != name)


@pytest.mark.parametrize("column", [*without_column("id")])
def test_a_missing_column_is_named(capsys, tmp_path, column):
    path = write_csv(tmp_path / "people.csv", stroke_records(rows=40), without_column(column))

    assert f"column {column!r} is missing" in refusal(capsys, tmp_path, path)


def test_the_identifier_may_be_left_out(tmp_path):
    path = write_csv(tmp_path / "people.csv", stroke_records(rows=40), without_column("id"))

    assert len(read_data(path, STROKE).rows) == 40


def test_a_duplicate_column_is_named(capsys, tmp_path):
    path = write_csv(tmp_path / "people.csv", stroke_records(rows=40), (*HEADER, "age"))

    assert "column 'age'" in refusal(capsys, tmp_path, path)


def test_a_file_without_a_header_line_is_refused_and_its_first_row_not_repeated(capsys, tmp_path):
    text = csv_text(with_cell(1, "gender", SECRET)).partition("\n")[2]
    path = tmp_path / "people.csv"
    path.write_text(text)

    assert "line 1: column 'gender' is missing" in refusal(capsys, tmp_path, path)


@pytest.mark.parametrize(
    ("column", "text", "reason"),
    [
        ("gender", SECRET, "input should be 'Female', 'Male' or 'Other'"),
        ("work_type", "Private ltd", "input should be"),
        ("smoking_status", "", "is missing"),
        ("age", SECRET, "valid number"),
        ("age", "", "is missing"),
        ("age", "N/A", "is missing"),
        ("age", "121", "less than or equal to 120"),
        ("age", "nan1", "valid number"),
        ("age", "1_0", "valid number"),
        ("avg_glucose_level", "inf", "finite"),
        ("bmi", "-1", "greater than or equal to 8"),
        ("bmi", "12,5", "valid number; write numbers with a decimal point, and without commas."),
        ("age", "-", "valid number; this column needs a value in every row."),
        ("hypertension", "2", "input should be 0, 1, false or true."),
        ("hypertension", "0.5", "0, 1, false or true"),
        ("hypertension", "0_1", "0, 1, false or true"),
        ("heart_disease", "yes", "0, 1, false or true"),
        ("stroke", SECRET, "must be one of 0, 1"),
        ("stroke", "", "must be one of 0, 1"),
        ("stroke", "N/A", "is missing and must be one of 0, 1."),
        ("stroke", "0.5", "must be one of 0, 1."),
        ("stroke", "1_0", "must be one of 0, 1."),
        ("stroke", "\u0661", "must be one of 0, 1."),
        ("hypertension", "maybe", "input should be 0, 1, false or true."),
        ("id", " ", "is empty; each row needs its own identifier."),
        ("age", "\uff14\uff12", "valid number"),
        ("hypertension", "\u0661", "0, 1, false or true"),
    ],
)
def test_a_bad_cell_is_named_by_row_line_and_column(capsys, tmp_path, column, text, reason):
    quoted = f'"{text}"' if "," in text else text
    path = write_csv(tmp_path / "people.csv", with_cell(12, column, quoted))

    error = refusal(capsys, tmp_path, path)

    assert f"row 12 (line 13), column {column!r}: " in error
    assert reason in error


def test_a_duplicate_identifier_is_named_with_both_rows(capsys, tmp_path):
    path = write_csv(tmp_path / "people.csv", with_cell(12, "id", "3"))

    error = refusal(capsys, tmp_path, path)

    assert "row 12 (line 13), column 'id'" in error
    assert "row 3 (line 4)" in error


@pytest.mark.parametrize("blank", ["", "   ", "\t"])
def test_blank_lines_are_skipped_and_lines_counted(capsys, tmp_path, blank):
    lines = csv_text(with_cell(12, "age", SECRET)).splitlines()
    lines.insert(6, blank)
    path = tmp_path / "people.csv"
    path.write_text("\n".join([*lines, blank, ""]))

    assert "row 12 (line 14), column 'age'" in refusal(capsys, tmp_path, path)


@pytest.mark.parametrize("change", [lambda line: line + ",1", lambda line: line.rpartition(",")[0]])
def test_a_line_with_too_many_or_too_few_cells_is_named(capsys, tmp_path, change):
    lines = csv_text(stroke_records(rows=40)).splitlines()
    lines[12] = change(lines[12])
    path = tmp_path / "people.csv"
    path.write_text("\n".join(lines))

    assert "row 12 (line 13): " in refusal(capsys, tmp_path, path)


def test_an_unclosed_quotation_mark_is_refused(capsys, tmp_path):
    path = write_csv(tmp_path / "people.csv", with_cell(12, "gender", '"Male'))

    assert "not a line of a CSV file" in refusal(capsys, tmp_path, path)


@pytest.mark.parametrize(("label", "absent"), [("0", "1"), ("1", "0")])
def test_a_file_in_which_every_row_has_the_same_class_is_refused(capsys, tmp_path, label, absent):
    records = [{**record, "stroke": label} for record in stroke_records(rows=40)]
    path = write_csv(tmp_path / "people.csv", records)

    assert f"column 'stroke': no row is {absent}" in refusal(capsys, tmp_path, path)


def test_too_few_rows_of_a_class_are_refused(capsys, tmp_path):
    records = [{**record, "stroke": str(int(record["id"] == "7"))} for record in stroke_records()]
    path = write_csv(tmp_path / "people.csv", records)

    status = main(["stroke", "--data", str(path), "--out", str(tmp_path / "models"), *QUICK])

    error = capsys.readouterr().err
    assert status == 2
    assert error.count("\n") == 1
    assert "more rows" in error


@pytest.mark.parametrize("rows", [2, 4, 9])
def test_a_file_of_a_few_rows_is_refused_in_one_line(capsys, tmp_path, rows):
    records = [{**record, "stroke": str(int(record["id"]) % 2)} for record in stroke_records(rows)]
    path = write_csv(tmp_path / "people.csv", records)

    status = main(["stroke", "--data", str(path), "--out", str(tmp_path / "models"), *QUICK])

    assert status == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_an_empty_file_is_refused(capsys, tmp_path):
    path = tmp_path / "people.csv"
    path.touch()

    assert "is empty" in refusal(capsys, tmp_path, path)


def test_a_file_with_a_header_line_alone_is_refused(capsys, tmp_path):
    path = write_csv(tmp_path / "people.csv", [])

    assert "no data rows" in refusal(capsys, tmp_path, path)


def test_a_directory_is_refused(capsys, tmp_path):
    assert "Is a directory" in refusal(capsys, tmp_path, tmp_path)


def test_a_missing_file_is_refused(capsys, tmp_path):
    assert "No such file" in refusal(capsys, tmp_path, tmp_path / "nowhere.csv")


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16-le"])
def test_a_file_that_is_not_utf8_is_refused(capsys, tmp_path, encoding):
    path = tmp_path / "people.csv"
    path.write_text(csv_text(with_cell(12, "gender", "männlich")), encoding=encoding)

    assert "not a UTF-8 text file" in refusal(capsys, tmp_path, path)


def test_a_refused_file_leaves_no_traceback(tmp_path):
    path = write_csv(tmp_path / "people.csv", with_cell(12, "age", SECRET))

    process = subprocess.run(
        [sys.executable, "-m", "training", "stroke", "--data", path],
        capture_output=True,
        text=True,
        check=False,
    )

    assert process.returncode == 2
    assert process.stdout == ""
    assert process.stderr.startswith(f"{path}, row 12 (line 13), column 'age': ")
    assert process.stderr.count("\n") == 1


def test_rows_keep_the_order_of_the_file(tmp_path):
    records = stroke_records(rows=40)

    data = read_data(write_csv(tmp_path / "people.csv", records), STROKE)

    assert [row.__dict__["age"] for row in data.rows] == [float(record["age"]) for record in records]
    assert data.labels.tolist() == [int(record["stroke"]) for record in records]


def test_classes_are_counted_in_the_tasks_order(tmp_path):
    data = read_data(write_csv(tmp_path / "people.csv", stroke_records(rows=40)), STROKE)
    one_sided = DataSet(STROKE, data.rows, np.zeros(40, dtype=np.int64))

    assert list(data.class_counts()) == ["0", "1"]
    assert one_sided.class_counts() == {"0": 40, "1": 0}

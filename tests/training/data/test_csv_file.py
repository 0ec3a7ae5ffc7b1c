"""The dialects of CSV files: what is read, and the line that says so or why not."""

import pytest

from tests.support.training.made_up import HEADER, QUICK, STROKE, csv_text, stroke_records, write_csv
from training.__main__ import main
from training.data.csv_file import read_csv
from training.data.dataset import read_data
from training.errors import UsageError

TEXT = csv_text(stroke_records(rows=40))
LINES = TEXT.splitlines()


def with_delimiter(delimiter: str) -> str:
    return TEXT.replace(",", delimiter)


def with_decimal_commas(delimiter: str) -> str:
    return with_delimiter(delimiter).replace(".", ",")


def with_index(name: str) -> str:
    return "\n".join([f"{name},{LINES[0]}", *(f"{row},{line}" for row, line in enumerate(LINES[1:]))])


@pytest.fixture
def file(tmp_path):
    """Give a function that writes a file."""

    def write(text: str, encoding: str = "utf-8"):
        path = tmp_path / "people.csv"
        path.write_text(text, encoding=encoding, newline="")
        return path

    return write


@pytest.fixture
def plain(tmp_path):
    return read_data(write_csv(tmp_path / "plain.csv", stroke_records(rows=40)), STROKE)


def refusal(path) -> str:
    with pytest.raises(UsageError) as refused:
        read_data(path, STROKE)
    assert "\n" not in str(refused.value)
    return str(refused.value).removeprefix(str(path))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (with_delimiter(";"), "semicolons between cells"),
        (with_delimiter("\t"), "tabs between cells"),
        (with_delimiter("|"), "vertical bars between cells"),
        ("sep=,\n" + TEXT, "a first line `sep=`"),
        ("sep=,\r\n" + TEXT.replace("\n", "\r\n"), "a first line `sep=`"),
        ('"sep=;"\n' + with_delimiter(";"), "a first line `sep=`, semicolons between cells"),
        (
            "SEP=;;;;\n" + with_decimal_commas(";"),
            "a first line `sep=`, semicolons between cells, decimal commas",
        ),
        (with_decimal_commas(";"), "semicolons between cells, decimal commas"),
        (with_decimal_commas("\t"), "tabs between cells, decimal commas"),
    ],
)
def test_f2_other_delimiters_and_decimal_commas_are_read_and_said(file, plain, text, found):
    path = file(text)

    data = read_data(path, STROKE)

    assert data.fingerprint() == plain.fingerprint()
    assert data.notes == (f"{path}: found {found}.",)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_f3_utf16_with_a_byte_order_mark_is_read(file, plain, encoding):
    data = read_data(file(TEXT, encoding), STROKE)

    assert data.fingerprint() == plain.fingerprint()
    assert encoding.upper() in data.notes[0]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "cp500"])
def test_f3_another_encoding_is_refused_in_one_line(file, encoding):
    assert refusal(file(TEXT, encoding)) == " is not a UTF-8 text file; save it as CSV in UTF-8."


@pytest.mark.parametrize("cleared", ["," * 11, " , " + "," * 9, ";" * 11])
def test_f4_lines_of_empty_cells_are_skipped(file, plain, cleared):
    delimiter = ";" if ";" in cleared else ","
    text = with_delimiter(delimiter) + 3 * f"{cleared}\n"

    assert read_data(file(text), STROKE).fingerprint() == plain.fingerprint()


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(line + "," for line in LINES),
        "\n".join(line + ",,, " for line in LINES),
        "\n".join([LINES[0] + ",", *LINES[1:]]),
        "\n".join([LINES[0], *(line + "," for line in LINES[1:])]),
        "\n".join([*LINES[:-1], LINES[-1] + ",,"]),
        "\n".join("," + line for line in LINES),
    ],
    ids=["everywhere", "several", "header", "rows", "one row", "first column"],
)
def test_f5_columns_with_neither_name_nor_value_are_ignored(file, plain, text):
    data = read_data(file(text), STROKE)

    assert data.fingerprint() == plain.fingerprint()
    assert data.notes == ()


@pytest.mark.parametrize(
    ("name", "ignored"), [("", "a column without a name"), ("Unnamed: 0", "column 'Unnamed: 0'")]
)
def test_f5_the_index_of_pandas_is_ignored_and_named(file, plain, name, ignored):
    path = file(with_index(name))

    data = read_data(path, STROKE)

    assert data.fingerprint() == plain.fingerprint()
    reason = "(probably the index that pandas writes; index=False leaves it out)"
    assert data.notes == (f"{path}: ignored {ignored} {reason}.",)


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Residence_type", "residence_type"),
        ("Residence_type", "Residence type"),
        ("Residence_type", "ResidenceType"),
        ("Residence_type", "Residense_type"),
        ("age", " age"),
        ("age", "Age "),
        ("avg_glucose_level", "avg_glucose_lvl"),
        ("stroke", "Stroke"),
    ],
)
def test_f6_a_missing_column_names_the_one_that_may_be_meant(file, name, written):
    header = [written if column == name else column for column in HEADER]

    reason = refusal(file("\n".join([",".join(header), *LINES[1:]])))

    assert reason == (
        f", line 1: column {name!r} is missing; is {written!r} meant? Rename it, or add the column."
    )


def test_f6_an_identifier_in_another_spelling_is_named(file):
    assert refusal(file(TEXT.replace("id,", "ID,", 1))) == (
        ", line 1: is column 'ID' the identifier 'id'? Rename or remove it."
    )


def test_a_file_without_a_header_line_is_said_to_have_none(file):
    assert "column 'gender' is missing, and so are all others" in refusal(file("\n".join(LINES[1:])))


def test_a_value_that_is_close_to_a_missing_name_is_not_repeated(file):
    text = "\n".join(["1,gendre,67,0,0,Yes,Private,Urban,100,30,smokes,0", *LINES[2:]])

    assert "gendre" not in refusal(file(text))


def test_f14_other_columns_are_ignored_in_one_line_of_a_run(file, tmp_path, capsys):
    records = [{**record, "diet": "any", "ward": ""} for record in stroke_records()]
    path = file(csv_text(records, (*HEADER, "diet", "ward")))

    status = main(["stroke", "--data", str(path), "--out", str(tmp_path / "models"), *QUICK])

    assert status == 0
    assert f"{path}: ignored columns 'diet', 'ward'.\n" in capsys.readouterr().out


@pytest.mark.parametrize(("name", "other"), [("bmi", "BMI"), ("stroke", "Stroke "), ("id", "ID")])
def test_f14_another_spelling_of_a_present_column_is_an_error_with_the_question(file, name, other):
    records = [{**record, other: "1"} for record in stroke_records(rows=40)]

    assert refusal(file(csv_text(records, (*HEADER, other)))) == (
        f", line 1: is column {other!r} meant, or {name!r}? Rename or remove one of them."
    )


def test_f14_a_line_lists_at_most_30_ignored_columns(file):
    names = tuple(f"extra_{number}" for number in range(33))
    records = [{**record, **dict.fromkeys(names, "1")} for record in stroke_records(rows=40)]

    (note,) = read_data(file(csv_text(records, (*HEADER, *names))), STROKE).notes

    assert note.endswith("'extra_29' and 3 more.")


@pytest.mark.parametrize(
    "cells",
    [
        {"avg_glucose_level": "1,234", "bmi": "", "age": "60"},
        {"avg_glucose_level": "45,6", "bmi": "45.6", "age": "60"},
    ],
    ids=["maybe thousands", "points elsewhere"],
)
def test_f2_commas_that_may_not_be_decimal_are_refused(file, cells):
    records = [{**record, **cells} for record in stroke_records(rows=40)]
    rows = [HEADER, *([record[name] for name in HEADER] for record in records)]

    error = refusal(file("\n".join(map(";".join, rows))))

    assert "column 'avg_glucose_level'" in error
    assert error.endswith("write numbers with a decimal point, and without commas.")


def test_f2_a_first_line_that_names_no_delimiter_is_refused(file):
    assert refusal(file("sep=x\n" + TEXT)).startswith(", line 1: `sep=` must name a comma")


def test_a_delimiter_line_counts_as_a_line(file):
    text = "sep=;\n" + with_delimiter(";").replace("smoked", "smocked", 1)
    row = next(number for number, line in enumerate(LINES) if "smoked" in line)

    assert f"row {row} (line {row + 2})" in refusal(file(text))


def test_columns_that_no_task_knows_are_read(tmp_path):
    path = tmp_path / "any.csv"
    path.write_text('"height, cm";"size; any"\n1,5;"a;b"\n2,5;c\n', "utf-8")

    file = read_csv(path)

    assert file.header == ("height, cm", "size; any")
    assert file.lines == [(2, ["1,5", "a;b"]), (3, ["2,5", "c"])]


def test_a_name_in_another_unicode_form_is_the_same_name(tmp_path):
    path = tmp_path / "any.csv"
    path.write_text("Gro\u0308\u00dfe,b\n1,2\n", "utf-8")

    assert read_csv(path).header == ("Gr\u00f6\u00dfe", "b")

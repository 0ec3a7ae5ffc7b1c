"""The kinds that `python -m training new` infers."""

import pytest

from predictor.tasks import read_tasks
from training.__main__ import main

ROWS = 60
VARIED = [str(row) for row in range(ROWS)]


def repeated(*texts):
    return [texts[row % len(texts)] for row in range(ROWS)]


@pytest.mark.parametrize(
    ("texts", "kind", "nullable"),
    [
        (repeated("0", "1"), "flag", False),
        (repeated("0.0", "1.0", ""), "flag", True),
        (repeated("True", "false"), "flag", False),
        (repeated("1", "NA"), "flag", True),
        (repeated("0", "1", "2"), "integer", False),
        (repeated("18.0", "36", "N/A"), "integer", True),
        (repeated("0.5", "-3"), "number", False),
        (repeated("1e3", "2", "nan"), "integer", True),
        (repeated("no", "yes"), "category", False),
        (repeated("one", "<NA>"), "category", True),
        (repeated("1", "2", "?"), "category", False),
        (repeated("1_0", "2"), "category", False),
        (repeated("01000", "80331"), "category", False),
        (repeated("1", "02", ""), "category", True),
        (repeated("0", "0.5"), "number", False),
    ],
)
def test_the_kind_follows_the_rules_of_data_files(task_of, texts, kind, nullable):
    task = task_of({"it": texts})

    (column,) = task.features.columns()
    assert (column.kind, column.nullable) == (kind, nullable)
    for text in texts:
        task.features.from_text({"it": text})


@pytest.mark.parametrize(
    ("name", "texts", "reason"),
    [
        ("it", repeated("7"), "constant"),
        ("it", repeated("7", ""), "constant"),
        ("it", repeated("", "NA"), "no row has a value"),
        ("it", [f"2024-05-{day % 28 + 1:02}" for day in range(ROWS)], "dates or times"),
        ("it", [f"{day % 28 + 1}.5.2024 13:0{day % 6}" for day in range(ROWS)], "dates or times"),
        ("it", [f"text number {row % 55}" for row in range(ROWS)], "55 categories"),
        ("it", [f"a sentence that is rather long {row % 55}" for row in range(ROWS)], "free text"),
        ("it", [f"{row % 55} %" for row in range(ROWS)], "numbers and other texts"),
        ("it", [f"{row % 55},5" for row in range(ROWS)], "decimal commas"),
        ("it", [f"C{row}" for row in range(ROWS)], "an identifier"),
        ("customerId", VARIED, "an identifier"),
        ("order_no", VARIED, "an identifier"),
        ("it", [str(2**53 + row) for row in range(ROWS)], "beyond 2**53"),
        ("it", repeated("1", "inf"), "infinite"),
        ("it", repeated("1", "1e101"), "beyond 2**53"),
        ("it", repeated("1.5", "1e101"), "beyond 1e+100"),
        ("it", ["12 kg", *VARIED[1:]], "numbers and other texts"),
        ("it", [f"0{row % 55}" for row in range(ROWS)], "55 categories"),
        ("Unnamed: 0", VARIED, "without a name"),
        ("", VARIED, "without a name"),
    ],
)
def test_a_column_that_cannot_be_used_is_left_out_with_the_reason(task_of, tmp_path, name, texts, reason):
    task = task_of({name: texts, "age": VARIED})

    assert [column.name for column in task.features.columns()] == ["age"]
    text = (tmp_path / "own" / "tasks" / "churn.py").read_text("utf-8")
    assert "Left out: " in text
    assert reason in text


def test_unique_numbers_without_the_name_of_an_identifier_are_used(task_of):
    (column,) = task_of({"paid": VARIED}).features.columns()

    assert column.kind == "integer"


@pytest.mark.parametrize(
    ("texts", "bounds"),
    [
        (("18", "92"), (0, 130)),
        (("2000", "2020"), (1990, 2030)),
        (("0", "3"), (0, 5)),
        (("-4", "-1"), (-6, 0)),
        (("0.2", "5.1"), (0, 8)),
        (("0.00012", "0.00034"), (0, 0.0005)),
        (("-1.5", "1.5"), (-3, 3)),
        (("1013.1", "1013.4"), (1012.9, 1013.6)),
    ],
)
def test_bounds_are_wider_than_the_data_and_do_not_cross_zero(task_of, texts, bounds):
    (column,) = task_of({"it": repeated(*texts)}).features.columns()

    assert (column.minimum, column.maximum) == bounds


def test_the_range_of_the_data_stands_beside_the_bounds(scaffold, tmp_path):
    scaffold({"age": repeated("18", "92")})

    text = (tmp_path / "own" / "tasks" / "churn.py").read_text("utf-8")
    assert '    age: Annotated[int, number(0, 130, unit="")]  # In the data: 18 to 92.\n' in text


@pytest.mark.parametrize(
    ("texts", "note"),
    [
        (
            ["0.5", "0.25", "1", "12 kg"] * 15,
            "45 of 60 cells are numbers; first that is not: line 5 ('12 kg')",
        ),
        (["1", "", "3", "?", *VARIED[4:]], "58 of 59 cells are numbers; first that is not: line 5 ('?')"),
        (repeated("1000", "01000"), "zeros in front, as in line 3 ('01000'), make it a category"),
        ([f"0{row}" for row in range(ROWS)], "zeros in front, as in line 2 ('00'), make it a category"),
    ],
)
def test_the_output_says_why_a_column_with_numbers_is_none_of_numbers(scaffold, monkeypatch, texts, note):
    monkeypatch.setenv("COLUMNS", "250")
    _, output = scaffold({"it": texts, "age": VARIED})

    assert note in output


@pytest.mark.parametrize(
    ("texts", "written"),
    [
        (("18.06", "92"), "18.06 to 92"),
        (("0.00049", "99.9951"), "0 to 100"),
        (("-1.23456", "3.45678"), "-1.235 to 3.457"),
        (("12345678", "87654321"), "12340000 to 87660000"),
    ],
)
def test_the_range_in_the_comment_has_every_value_of_the_data(scaffold, tmp_path, texts, written):
    scaffold({"it": repeated(*texts)})

    text = (tmp_path / "own" / "tasks" / "churn.py").read_text("utf-8")
    assert f"# In the data: {written}.\n" in text


def test_the_example_is_not_a_row_of_the_data(task_of):
    columns = {"size": repeated("s", "m"), "paid": repeated("0", "1", "1"), "age": repeated("20", "30", "70")}
    task = task_of(columns)

    example = tuple(str(task.features.example[name]) for name in columns)
    assert example not in set(zip(*columns.values(), strict=True))


def test_semicolons_and_decimal_commas_are_read_as_in_training(tmp_path, monkeypatch, capsys):

    monkeypatch.chdir(tmp_path)
    lines = ["size;left", *(f"{row},5;{'yes' if row % 3 else 'no'}" for row in range(ROWS))]
    (tmp_path / "churn.csv").write_text("\n".join(lines), "utf-8")

    assert main(["new", "churn", "--data", "churn.csv", "--target", "left", "--tasks", "own"]) == 0

    (column,) = read_tasks(["own"]).valid["churn"].features.columns()
    assert column.kind == "number"
    assert "semicolons" in capsys.readouterr().out


def test_a_column_left_out_whose_name_is_spelled_like_one_that_is_kept_is_refused(scaffold, tmp_path):
    columns = {"a b": [str(row) for row in range(12)], "a-b": ["2020-01-01", "2020-01-02"] * 6}

    status, output = scaffold(columns)

    assert status == 2
    assert output.count("\n") == 1
    assert "'a-b' cannot be used (dates or times), and its name is spelled like 'a b'" in output
    assert not (tmp_path / "own").exists()


def test_the_next_commands_can_be_typed_as_they_are(scaffold, tmp_path, monkeypatch):
    monkeypatch.setattr("sys.executable", str(tmp_path / ".venv" / "bin" / "python"))

    _, output = scaffold({"size": ["1.5", "2.5", "4"] * 4})

    assert output.splitlines()[-2:] == [
        "  .venv/bin/python -m training churn --data churn.csv --tasks own",
        "  .venv/bin/python -m app --tasks own",
    ]

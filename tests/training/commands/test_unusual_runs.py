"""Extreme flags and files: the run gives a model or a one-line message, never a traceback."""

import pytest

from tests.support.training.made_up import stroke_records, write_csv
from tests.support.training.runs import lines_about_added_tasks
from training.__main__ import main

LECTURE = ("--recipe", "lecture", "--epochs", "2")


@pytest.mark.parametrize(
    ("flags", "status"),
    [
        ([*LECTURE, "--validation", "none", "--patience", "0"], 0),
        ([*LECTURE, "--batch-size", "full", "--hidden", *["1"] * 50], 0),
        ([*LECTURE, "--learning-rate", "1e-300"], 0),
        ([*LECTURE, "--positive-weight", "1e6"], 0),
        ([*LECTURE, "--seed", str(2**63 - 1)], 0),
        ([*LECTURE, "--learning-rate", "1e300"], 1),
        ([*LECTURE, "--optimizer", "sgd", "--learning-rate", "1e3"], 1),
        ([*LECTURE, "--optimizer", "sgd", "--learning-rate", "1e300"], 1),
        ([*LECTURE, "--optimizer", "sgd", "--weight-decay", "1e300"], 1),
        ([*LECTURE, "--weight-decay", "1e300"], 1),
        (["--epochs", "2", "--patience", "0", "--learning-rate", "1e4"], 1),
        (["--folds", "300"], 2),
    ],
)
def test_extreme_flags_give_a_model_or_one_line(made_up_csv, tmp_path, capsys, flags, status):
    exit_status = main(["stroke", "--data", str(made_up_csv), "--out", str(tmp_path), *flags])

    assert exit_status == status
    # A failed run says nothing about other tasks.
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1 if status else said == lines_about_added_tasks()


@pytest.mark.parametrize("rows", [2, 3, 6])
@pytest.mark.parametrize("validation", ["random", "last"])
def test_a_file_too_small_to_split_is_refused_in_one_line(tmp_path, capsys, rows, validation):
    records = [{**record, "stroke": str(index % 2)} for index, record in enumerate(stroke_records(rows))]
    path = write_csv(tmp_path / "people.csv", records)

    status = main(
        ["stroke", "--data", str(path), "--out", str(tmp_path), *LECTURE, "--validation", validation]
    )

    error = capsys.readouterr().err
    assert status == 2
    assert error.count("\n") == 1
    assert "more" in error

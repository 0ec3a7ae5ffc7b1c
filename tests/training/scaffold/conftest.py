"""Runs the command `new` on rows that a test gives."""

import csv

import pytest

from predictor.tasks import read_tasks
from training.__main__ import main

CLASSES = ("no", "yes")


@pytest.fixture
def scaffold(tmp_path, monkeypatch, capsys):
    """Give a function that writes a table as CSV and runs `new` on it; it gives the status and the output."""
    monkeypatch.chdir(tmp_path)

    def run(columns, *flags, target=None):
        rows = max(map(len, columns.values()), default=12)
        columns = columns | {"left": target or [CLASSES[row % 2] for row in range(rows)]}
        with (tmp_path / "churn.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([list(columns), *zip(*columns.values(), strict=True)])
        arguments = ("--data", "churn.csv", "--target", "left", "--tasks", "own")
        status = main(["new", "churn", *arguments, *flags])
        printed = capsys.readouterr()
        return status, printed.out + printed.err

    return run


@pytest.fixture
def task_of(scaffold, tmp_path):
    """Give a function that runs `new` and loads the task that it has written."""

    def load(columns, *flags, target=None):
        status, output = scaffold(columns, *flags, target=target)
        assert status == 0, output
        return read_tasks(["own"]).valid["churn"]

    return load

from functools import partial

import pytest

from benchmarks.__main__ import main
from benchmarks.measurement.rounds import Spread, alternate
from benchmarks.measurement.tables import number, table
from benchmarks.results import write_results
from benchmarks.workload import TASK, draw_rows


def test_a_ratio_is_of_two_values_of_the_same_round():
    assert Spread.of_ratios([10, 40, 90], [10, 20, 30]) == Spread(1, 2, 3)


def test_measurements_alternate_and_the_warm_up_round_is_dropped():
    order: list[str] = []

    def measure(name):
        order.append(name)
        return len(order)

    measurements = {name: partial(measure, name) for name in "ab"}

    results = alternate(measurements, rounds=2)

    assert order == ["a", "b", "b", "a", "a", "b"]
    assert results == {"a": [4, 5], "b": [3, 6]}


def test_a_table_is_aligned():
    assert table(["", "x"], [["one", "1"], ["two", "22"]]).splitlines() == [
        "|     |  x |",
        "| --- | -: |",
        "| one |  1 |",
        "| two | 22 |",
    ]


@pytest.mark.parametrize(("value", "text"), [(0.456, "0.46"), (12.34, "12.3"), (12345.6, "12,346")])
def test_a_larger_number_has_fewer_decimals(value, text):
    assert number(value) == text


def test_a_run_of_some_parts_keeps_the_results_of_the_other_parts(tmp_path):
    page, names = tmp_path / "RESULTS.md", ["first", "second"]

    write_results({"second": "old"}, names, "machine 1", page)
    write_results({"first": "new"}, names, "machine 2", page)
    write_results({"first": "newer"}, names, "machine 3", page)

    text = page.read_text("utf-8")
    assert text.index("## first\n\nnewer\n\nmachine 3") < text.index("## second\n\nold\n\nmachine 1")
    assert "machine 2" not in text


def test_drawn_rows_are_valid_and_have_the_requested_share_of_missing_values():
    complete, some = draw_rows(200), draw_rows(200, missing_share=0.5)

    rows = [TASK.features.model_validate(row) for row in complete + some]
    missing = [None in row.__dict__.values() for row in rows]
    assert not any(missing[:200])
    assert 60 < sum(missing[200:]) < 140


def test_without_wrk_the_error_says_how_to_install_it(monkeypatch, capsys):
    monkeypatch.setenv("PATH", "")

    assert main(["size"]) == 2
    assert capsys.readouterr().err == "wrk is missing; it is a Debian package: apt-get install wrk\n"


def test_an_unknown_part_is_named(monkeypatch, capsys):
    monkeypatch.setattr("benchmarks.__main__.check_tools", lambda: None)

    assert main(["nothing"]) == 2
    assert capsys.readouterr().err.startswith("Unknown part nothing; the parts are: single, peers, ")

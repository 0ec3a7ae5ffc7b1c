"""The short profile of the stress test: a few seconds for each part."""

import re

import pytest

from benchmarks.errors import Unavailable
from benchmarks.launch.environments import is_installed
from tests.stress.__main__ import main
from tests.stress.parts import PARTS
from tests.stress.parts.schema import TOOL
from tests.stress.profile import SHORT
from tests.stress.result import Result
from tests.support.repository import DOCS

# Other tests of the suite cover these parts in full.
COVERED_ELSEWHERE = {"hostile", "interruption", "damage"}


@pytest.mark.parametrize("part", [part for part in PARTS if part not in COVERED_ELSEWHERE])
def test_every_result_is_met(part):
    if part == "schema" and not is_installed(TOOL):
        pytest.skip(f"`make stress PARTS={part}` installs {TOOL}")

    results = PARTS[part](SHORT)

    assert results
    assert [result for result in results if result.is_met is False and not result.is_timed] == []


def test_the_documentation_lists_every_part():
    document = (DOCS / "operating.md").read_text("utf-8")

    assert re.findall(r"^\| `(\w+)` \|", document, flags=re.MULTILINE) == list(PARTS)


def test_a_missed_result_is_reported_and_ends_with_status_1(monkeypatch, capsys):
    results = [Result("a", "1", "1", is_met=True), Result("b", "1", "2", is_met=False)]
    monkeypatch.setitem(PARTS, "soak", lambda _profile: results)

    assert main(["soak"]) == 1

    verdicts = [line.split("|")[-2].strip() for line in capsys.readouterr().out.splitlines()]
    assert verdicts[2:] == ["met", "MISSED"]


def test_a_part_that_cannot_run_is_reported_and_ends_with_status_0(monkeypatch, capsys):
    def fail(_profile):
        raise Unavailable("there is no index")

    monkeypatch.setitem(PARTS, "schema", fail)

    assert main(["schema"]) == 0

    (line,) = capsys.readouterr().out.splitlines()[2:]
    assert "there is no index" in line
    assert "not tried" in line


def test_an_unknown_part_ends_with_status_2_and_one_line(capsys):
    assert main(["xyzzy"]) == 2

    assert capsys.readouterr().err.count("\n") == 1

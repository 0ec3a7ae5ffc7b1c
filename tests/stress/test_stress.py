"""The short form of the stress test: some seconds for each part."""

import os
import re

import pytest

from benchmarks.errors import Unavailable
from benchmarks.launch.environments import is_installed
from tests.stress.__main__ import main
from tests.stress.figure import SHORT, Figure
from tests.stress.parts import PARTS
from tests.stress.parts.schema import TOOL
from tests.support.servers.processes import ROOT


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch):
    for name in [name for name in os.environ if name.startswith("APP_")]:
        monkeypatch.delenv(name)


# Other tests of the suite do as much.
ELSEWHERE = {"hostile", "interruption", "damage"}


@pytest.mark.parametrize("part", [part for part in PARTS if part not in ELSEWHERE])
def test_every_figure_is_kept(part):
    if part == "schema" and not is_installed(TOOL):
        pytest.skip(f"`make stress PARTS={part}` installs {TOOL}")

    figures = PARTS[part](SHORT)

    assert figures
    assert [one for one in figures if one.is_kept is False and not one.is_timed] == []


def test_the_document_tells_of_every_part():
    document = (ROOT / "docs" / "operating.md").read_text("utf-8")

    assert re.findall(r"^\| `(\w+)` \|", document, flags=re.MULTILINE) == list(PARTS)


def test_a_missed_figure_ends_with_status_1_and_is_told(monkeypatch, capsys):
    figures = [Figure("a", "1", "1", is_kept=True), Figure("b", "1", "2", is_kept=False)]
    monkeypatch.setitem(PARTS, "soak", lambda _form: figures)

    assert main(["soak"]) == 1

    assert [line.split("|")[-2].strip() for line in capsys.readouterr().out.splitlines()[2:]] == [
        "kept",
        "MISSED",
    ]


def test_what_could_not_be_tried_is_told_and_no_miss(monkeypatch, capsys):
    def give_up(_form):
        raise Unavailable("there is no index")

    monkeypatch.setitem(PARTS, "schema", give_up)

    assert main(["schema"]) == 0

    (line,) = capsys.readouterr().out.splitlines()[2:]
    assert "there is no index" in line
    assert "not tried" in line


def test_a_part_that_there_is_not_ends_with_status_2_and_one_line(capsys):
    assert main(["xyzzy"]) == 2

    assert capsys.readouterr().err.count("\n") == 1

"""The examples of docs/python.md give what the document shows."""

import doctest
import importlib.util
import re

import pytest

from tests.documents.answers import ROOT

DOCUMENT = ROOT / "docs" / "python.md"
EXAMPLES = re.findall(r"```pycon\n(.*?)```", DOCUMENT.read_text("utf-8"), flags=re.DOTALL)


def run(examples):
    """Run examples one after the other in the repository's folder; give what differs."""
    test = doctest.DocTestParser().get_doctest("\n".join(examples), {}, DOCUMENT.name, str(DOCUMENT), 0)
    output: list[str] = []
    doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(test, out=output.append)
    return output


def test_the_examples_without_arrow_give_what_is_shown(monkeypatch):
    monkeypatch.chdir(ROOT)

    assert run([example for example in EXAMPLES if "pyarrow" not in example]) == []


@pytest.mark.skipif(importlib.util.find_spec("pyarrow") is None, reason="pyarrow is not installed")
def test_all_examples_give_what_is_shown(monkeypatch):
    monkeypatch.chdir(ROOT)

    assert run(EXAMPLES) == []

"""Which words the code and the documents use."""

import re
from pathlib import Path

import pytest

from tests.support.repository import PACKAGES, ROOT, python_files, relative

TASK_WORDS = re.compile(r"stroke|iris|brain|flower|petal|sepal", flags=re.IGNORECASE)
TASK_FOLDERS = (ROOT / "predictor" / "tasks", ROOT / "training" / "recipes")
WITHOUT_TASKS = [
    path
    for path in python_files(*PACKAGES)
    if not any(path.is_relative_to(folder) for folder in TASK_FOLDERS)
]

# Private names of earlier versions; docs/architecture.md has the standard term for each idea.
BANNED_WORDS = (
    *("porch", "door", "desk", "crowd", "seal", "parentage"),
    *("succession", "envelope", "torture", "journal", "subscriber", "newcomer", "goodbye", "stranger"),
    *("lowered", "lowering", "rival", "rivals", "habits", "holdout"),
    *("whoever", "nobody", "somebody", "everybody"),
)
# Whole words, also inside a name such as `seal_of`.
BANNED = re.compile(rf"(?<![a-z])(?:{'|'.join(BANNED_WORDS)})(?![a-z])", flags=re.IGNORECASE)
# A banned word in a file format of earlier versions.
ALLOWED_PHRASES = ('"everybody"',)

TEXT_SUFFIXES = {".py", ".md", ".html", ".css", ".js"}
TEXTS = [
    *(
        path
        for folder in (*PACKAGES, "docs", "tests", "benchmarks")
        for path in sorted((ROOT / folder).rglob("*"))
        if path.suffix in TEXT_SUFFIXES and path.name not in {Path(__file__).name, "RESULTS.md"}
    ),
    ROOT / "README.md",
    ROOT / "Makefile",
]


def lines_with(pattern: re.Pattern[str], path: Path, allowed: tuple[str, ...] = ()) -> list[str]:
    found = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        checked = line
        for phrase in allowed:
            checked = checked.replace(phrase, "")
        if pattern.search(checked):
            found.append(f"{relative(path)}:{number}: {line}")
    return found


@pytest.mark.parametrize("path", WITHOUT_TASKS, ids=relative)
def test_no_task_is_named_outside_tasks_and_recipes(path):
    assert lines_with(TASK_WORDS, path) == []


@pytest.mark.parametrize("path", TEXTS, ids=relative)
def test_a_text_has_no_banned_word(path):
    assert lines_with(BANNED, path, ALLOWED_PHRASES) == []

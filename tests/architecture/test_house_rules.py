"""The rules of the house that no linter knows."""

import io
import re
import subprocess
import sys
import tokenize
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("app", "predictor", "training")

SOURCES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))

MOST_LINES = 250
VAGUE_NAMES = {"utils", "util", "helpers", "helper", "common", "core", "base", "manager", "misc"}
TASK_WORDS = re.compile(r"stroke|iris|brain|flower|petal|sepal", flags=re.IGNORECASE)
WHERE_TASKS_ARE_NAMED = (ROOT / "predictor" / "tasks", ROOT / "training" / "recipes")
UNPICKLING_WORDS = re.compile(
    r"\b(pickle|cPickle|dill|cloudpickle|joblib|skops|marshal|shelve)\b|torch\.load"
)


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def lines_with(pattern: re.Pattern[str], path: Path) -> list[str]:
    lines = path.read_text("utf-8").splitlines()
    return [f"{named(path)}:{number}: {line}" for number, line in enumerate(lines, 1) if pattern.search(line)]


def code_of(path: Path) -> str:
    """Give a file without its comments and docstrings, as one text."""
    tokens = tokenize.generate_tokens(io.StringIO(path.read_text("utf-8")).readline)
    kept, at_start = [], True
    for token in tokens:
        is_docstring = token.type == tokenize.STRING and at_start
        if token.type not in {tokenize.NL, tokenize.COMMENT}:
            at_start = token.type in {tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING}
        if token.type != tokenize.COMMENT and not is_docstring:
            kept.append(token.string)
    return " ".join(kept)


def test_there_is_something_to_check():
    assert len(SOURCES) > 40
    assert len(TESTS) > 20


@pytest.mark.parametrize(
    "path",
    [path for path in SOURCES if not any(path.is_relative_to(folder) for folder in WHERE_TASKS_ARE_NAMED)],
    ids=named,
)
def test_no_task_is_named_outside_tasks_and_recipes(path):
    assert lines_with(TASK_WORDS, path) == []


@pytest.mark.parametrize("path", [*SOURCES, *TESTS], ids=named)
def test_a_file_stays_small(path):
    assert len(path.read_text("utf-8").splitlines()) <= MOST_LINES


@pytest.mark.parametrize("path", [*SOURCES, *TESTS], ids=named)
def test_a_module_says_what_it_is_of(path):
    names = set(path.relative_to(ROOT).with_suffix("").parts)

    assert not names & VAGUE_NAMES
    assert not {word for name in names for word in name.split("_")} & (
        VAGUE_NAMES - {"base", "core", "common"}
    )


@pytest.mark.parametrize(
    "path", [path for path in SOURCES if path.relative_to(ROOT).parts[0] != "training"], ids=named
)
def test_nothing_that_serves_speaks_of_unpickling(path):
    code = code_of(path).replace('"preprocessor.joblib"', "")

    assert UNPICKLING_WORDS.findall(code) == []


def test_the_preprocessor_is_named_once_and_read_by_nobody_who_serves():
    serving = [path for path in SOURCES if path.relative_to(ROOT).parts[0] != "training"]

    found = [line for path in serving for line in lines_with(re.compile(r"\bPREPROCESSOR\b|\.joblib"), path)]

    assert len(found) == 1
    assert found[0].startswith("predictor/artefact/reader.py:")


@pytest.mark.parametrize("folder", ["app", "predictor", "training", "tests"])
def test_every_folder_of_modules_is_a_package(folder):
    folders = {path.parent for path in (ROOT / folder).rglob("*.py")}

    assert [named(found) for found in folders if not (found / "__init__.py").exists()] == []


def test_the_import_contracts_hold():
    command = Path(sys.executable).with_name("lint-imports")

    done = subprocess.run(
        [command, "--no-logo", "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout
    assert "0 broken" in done.stdout

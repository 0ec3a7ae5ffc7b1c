"""How files, folders and packages are laid out."""

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

from tests.support.repository import PACKAGES, ROOT, python_files, relative

SOURCES = python_files(*PACKAGES)
TESTS = python_files("tests")
FOLDERS = (*PACKAGES, "tests", "benchmarks")

MAX_LINES = 250
MAX_MODULES = 10
MAX_SENTENCES = 3
SENTENCE_END = re.compile(r"[.!?](?:\s|$)")

VAGUE_NAMES = {"utils", "util", "helpers", "helper", "common", "core", "base", "manager", "misc"}
# These are vague as a whole name only: `core` is, `core_count` is not.
VAGUE_ALONE = {"base", "core", "common"}


def packages_in(*folders: str) -> list[Path]:
    return [path for path in python_files(*folders) if path.name == "__init__.py"]


def test_the_sources_and_the_tests_are_found():
    assert len(SOURCES) > 40
    assert len(TESTS) > 20


@pytest.mark.parametrize("path", [*SOURCES, *TESTS], ids=relative)
def test_a_file_has_at_most_250_lines(path):
    assert len(path.read_text("utf-8").splitlines()) <= MAX_LINES


def test_a_folder_has_at_most_ten_modules():
    modules = Counter(path.parent for path in python_files(*FOLDERS) if path.name != "__init__.py")

    assert {relative(folder): count for folder, count in modules.items() if count > MAX_MODULES} == {}


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_folder_of_modules_is_a_package(folder):
    folders = {path.parent for path in python_files(folder)}

    assert [relative(found) for found in folders if not (found / "__init__.py").exists()] == []


@pytest.mark.parametrize("path", packages_in(*PACKAGES), ids=relative)
def test_a_package_describes_its_content_and_its_importers(path):
    docstring = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""

    assert 1 <= len(SENTENCE_END.findall(docstring)) <= MAX_SENTENCES, docstring
    assert re.search(r"\bimports?\b", docstring), "The docstring says which packages may import this one."


@pytest.mark.parametrize("package", PACKAGES)
def test_the_tests_mirror_the_packages(package):
    tested = {path.parent.relative_to(ROOT / "tests") for path in packages_in(f"tests/{package}")}

    assert [folder.as_posix() for folder in tested if not (ROOT / folder / "__init__.py").exists()] == []


@pytest.mark.parametrize("path", [*SOURCES, *TESTS], ids=relative)
def test_no_module_or_folder_has_a_vague_name(path):
    names = set(path.relative_to(ROOT).with_suffix("").parts)
    words = {word for name in names for word in name.split("_")}

    assert not names & VAGUE_NAMES
    assert not words & (VAGUE_NAMES - VAGUE_ALONE)

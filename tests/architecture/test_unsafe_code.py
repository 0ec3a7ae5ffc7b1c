"""Serving code neither imports nor calls what has led to security holes elsewhere.

Unpickling and YAML can run code from a file. Many security holes of web frameworks were in the parsing of
forms and in the serving of files.
"""

import ast
import io
import re
import tokenize
from pathlib import Path

import pytest

from tests.support.repository import SERVING_PACKAGES, python_files, relative

SOURCES = python_files(*SERVING_PACKAGES)

UNPICKLING_WORDS = re.compile(
    r"\b(pickle|cPickle|dill|cloudpickle|joblib|skops|marshal|shelve)\b|torch\.load"
)
PREPROCESSOR_WORDS = re.compile(r"\bPREPROCESSOR\b|\.joblib")

FORBIDDEN_MODULES = {
    *("pickle", "_pickle", "pickletools", "joblib", "dill", "cloudpickle", "shelve", "marshal", "skops"),
    *("yaml", "multipart", "python_multipart", "starlette.staticfiles", "fastapi.staticfiles"),
}
FORBIDDEN_NAMES = {
    *("numpy.load", "numpy.fromfile", "numpy.lib.format.read_array", "torch.load", "torch.package"),
    *("torch.jit.load", "torch.hub", "eval", "exec", "__import__", "os.system"),
    "request.form",
}
FORBIDDEN_LAST_NAMES = {"StaticFiles", "FileResponse", "UploadFile", "Form", "File", "allow_pickle"}


def imports_of(tree: ast.AST) -> dict[str, str]:
    """Give the full name behind each imported name."""
    full_names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            full_names |= {alias.asname or alias.name: alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            full_names |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    return full_names


def dotted(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def names_in(tree: ast.AST) -> set[str]:
    """Give every name that is imported, used or passed as a keyword, with aliases resolved."""
    imports = imports_of(tree)
    used = {dotted(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute | ast.Name)}
    resolved = set()
    for name in used:
        first, dot, rest = name.partition(".")
        resolved.add(imports.get(first, first) + dot + rest)
    keywords = {node.arg for node in ast.walk(tree) if isinstance(node, ast.keyword) and node.arg}
    return resolved | set(imports.values()) | keywords


def is_below(name: str, forbidden: set[str]) -> bool:
    parts = name.split(".")
    return any(".".join(parts[:length]) in forbidden for length in range(1, len(parts) + 1))


def forbidden_names(code: str) -> list[str]:
    return sorted(
        name
        for name in names_in(ast.parse(code))
        if is_below(name, FORBIDDEN_MODULES | FORBIDDEN_NAMES)
        or name.rpartition(".")[2] in FORBIDDEN_LAST_NAMES
    )


def code_of(path: Path) -> str:
    """Give a file without its comments and docstrings, as one text."""
    tokens = tokenize.generate_tokens(io.StringIO(path.read_text("utf-8")).readline)
    code, is_at_start = [], True
    for token in tokens:
        is_docstring = token.type == tokenize.STRING and is_at_start
        if token.type not in {tokenize.NL, tokenize.COMMENT}:
            is_at_start = token.type in {
                tokenize.NEWLINE,
                tokenize.INDENT,
                tokenize.DEDENT,
                tokenize.ENCODING,
            }
        if token.type != tokenize.COMMENT and not is_docstring:
            code.append(token.string)
    return " ".join(code)


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_serving_code_uses_no_forbidden_name(path):
    assert forbidden_names(path.read_text("utf-8")) == []


@pytest.mark.parametrize(
    "code",
    [
        "import pickle",
        "import pickle as safe",
        "from joblib import load",
        "from yaml import safe_load",
        "import numpy as np\nnp.load(path)",
        "from numpy import load\nload(path)",
        "import torch\ntorch.load(path, weights_only=True)",
        "read(path, allow_pickle=True)",
        "from starlette.responses import FileResponse",
        "from fastapi.staticfiles import StaticFiles as Folder",
        "import fastapi\nfastapi.UploadFile",
        "async def read(request):\n    return await request.form()",
        "eval(text)",
    ],
)
def test_the_check_finds_forbidden_names_in_every_notation(code):
    assert forbidden_names(code) != []


def test_the_check_allows_the_reading_of_plain_arrays():
    assert forbidden_names("from safetensors.numpy import load\nload(data)") == []


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_serving_code_has_no_word_for_unpickling(path):
    code = code_of(path).replace('"preprocessor.joblib"', "")

    assert UNPICKLING_WORDS.findall(code) == []


def test_serving_code_names_the_preprocessor_once_and_never_reads_it():
    found = [
        f"{relative(path)}: {line}"
        for path in SOURCES
        for line in path.read_text("utf-8").splitlines()
        if PREPROCESSOR_WORDS.search(line)
    ]

    assert len(found) == 1
    assert found[0].startswith("predictor/artefact/reader.py:")

"""What holes came in through elsewhere, serving code neither imports nor calls.

Unpickling and YAML run what a file says; forms and files over HTTP brought most holes of web frameworks.
"""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted(path for room in ("app", "predictor") for path in (ROOT / room).rglob("*.py"))

NEVER_IMPORTED = {
    *("pickle", "_pickle", "pickletools", "joblib", "dill", "cloudpickle", "shelve", "marshal", "skops"),
    *("yaml", "multipart", "python_multipart", "starlette.staticfiles", "fastapi.staticfiles"),
}
NEVER_USED = {
    *("numpy.load", "numpy.fromfile", "numpy.lib.format.read_array", "torch.load", "torch.package"),
    *("torch.jit.load", "torch.hub", "eval", "exec", "__import__", "os.system"),
    "request.form",
}
NEVER_NAMED = {"StaticFiles", "FileResponse", "UploadFile", "Form", "File", "allow_pickle"}


def imports_of(tree: ast.AST) -> dict[str, str]:
    """Give each imported name and what it stands for."""
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.asname or alias.name: alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            found |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    return found


def dotted(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def names_in(tree: ast.AST) -> set[str]:
    """Give every name that is imported, used or passed by, aliases resolved."""
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
        if is_below(name, NEVER_IMPORTED | NEVER_USED) or name.rpartition(".")[2] in NEVER_NAMED
    )


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_serving_code_touches_nothing_of_it(path):
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
def test_the_check_sees_it_in_every_dress(code):
    assert forbidden_names(code) != []


def test_the_check_lets_plain_arrays_pass():
    assert forbidden_names("from safetensors.numpy import load\nload(data)") == []

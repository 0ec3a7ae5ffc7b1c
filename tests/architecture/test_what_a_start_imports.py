"""A start is quick because of what it leaves alone.

No test here knows a second: importing is most of a start, so what may not be imported is written down.
`python -X importtime -m app` shows who imports what, and what each import takes.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

LEARNING = {"joblib", "matplotlib", "pandas", "pyarrow", "scipy", "sklearn", "torch", "xgboost"}
PARTS_OF_NUMPY = {
    *("numpy.char", "numpy.ctypeslib", "numpy.f2py", "numpy.fft", "numpy.ma", "numpy.polynomial"),
    *("numpy.random", "numpy.rec", "numpy.strings", "numpy.testing"),
}
# Imported once somebody asks for what they do: metrics, a card, the documentation, a signature.
LATER = {"cffi", "fastapi_swagger", "markdown_it", "nacl", "prometheus_client"}
# What the framework has for other applications, and what serves only where the compiled ones are missing.
FOR_OTHERS = {
    *("email_validator", "fastapi.testclient", "fastapi.templating", "h11", "jinja2"),
    *("multipart", "orjson", "pydantic.v1.fields", "python_multipart", "websockets", "wsproto"),
}
TOOLS = {
    *("cProfile", "doctest", "http.server", "pdb", "pydoc", "rich", "sqlite3", "unittest", "wsgiref"),
    *("xml", "xmlrpc", "yaml", "httpx", "httpx2", "pkg_resources", "setuptools"),
}
LEFT_ALONE = LEARNING | PARTS_OF_NUMPY | LATER | FOR_OTHERS | TOOLS

# 654 when it was set, with Python 3.11.
MOST_MODULES = 720

# As `python -m app` starts, up to the open port; the models are read, too.
START = """
import sys
import app.__main__
from app.main import app
assert app.state.services
sys.stdout.write("\\n".join(sys.modules))
"""


@pytest.fixture(scope="module")
def imported() -> set[str]:
    """Give what a server has imported once it could serve, in a process of its own."""
    variables = {name: text for name, text in os.environ.items() if not name.startswith("APP_")}
    ended = subprocess.run(
        [sys.executable, "-c", START],
        cwd=ROOT,
        env={**variables, "APP_MODELS_DIR": "models"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return set(ended.stdout.split())


def test_the_start_is_seen(imported):
    assert {"app.main", "fastapi", "numpy", "predictor.engines.numpy_engine", "uvicorn"} <= imported


def test_a_start_leaves_alone_what_it_does_not_need(imported):
    assert sorted(imported & LEFT_ALONE) == []


def test_a_start_imports_few_modules(imported):
    assert len(imported) <= MOST_MODULES

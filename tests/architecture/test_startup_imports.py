"""The start of the server imports few modules, and none that it does not need.

Imports take most of the start. These tests count modules instead of seconds, so their result is the same
on every machine. `python -X importtime -m app` shows the time of each import.
"""

import os
import subprocess
import sys

import pytest

from tests.support.repository import ROOT

TRAINING = {
    "catboost",
    "interpret",
    "joblib",
    "lightgbm",
    "matplotlib",
    "pandas",
    "pyarrow",
    "scipy",
    "sklearn",
    "torch",
    "xgboost",
}
NUMPY_SUBMODULES = {
    *("numpy.char", "numpy.ctypeslib", "numpy.f2py", "numpy.fft", "numpy.ma", "numpy.polynomial"),
    *("numpy.random", "numpy.rec", "numpy.strings", "numpy.testing"),
}
# Imported at the first request that needs them: metrics, a card, the documentation, a signature.
ON_DEMAND = {"cffi", "fastapi_swagger", "markdown_it", "nacl", "prometheus_client"}
# Optional features of the framework, and fallbacks for compiled packages that are missing.
UNUSED_FEATURES = {
    *("email_validator", "fastapi.testclient", "fastapi.templating", "h11", "jinja2"),
    *("multipart", "orjson", "pydantic.v1.fields", "python_multipart", "websockets", "wsproto"),
}
TOOLS = {
    *("cProfile", "doctest", "http.server", "pdb", "pydoc", "rich", "sqlite3", "unittest", "wsgiref"),
    *("xml", "xmlrpc", "yaml", "httpx", "httpx2", "pkg_resources", "setuptools"),
}
NOT_IMPORTED = TRAINING | NUMPY_SUBMODULES | ON_DEMAND | UNUSED_FEATURES | TOOLS

# There were 654 when this limit was set, with Python 3.11.
MAX_MODULES = 720

# The start of `python -m app` up to the open port, with the models loaded.
START = """
import sys
import app.__main__
from app.main import app
assert app.state.services
sys.stdout.write("\\n".join(sys.modules))
"""


@pytest.fixture(scope="module")
def imported() -> set[str]:
    """Give the modules that are imported when a server is ready, in a separate process."""
    variables = {name: text for name, text in os.environ.items() if not name.startswith("APP_")}
    process = subprocess.run(
        [sys.executable, "-c", START],
        cwd=ROOT,
        env={**variables, "APP_MODELS_DIR": "models"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return set(process.stdout.split())


def test_the_list_has_the_modules_of_a_start(imported):
    assert {"app.main", "fastapi", "numpy", "predictor.engines.numpy_engine", "uvicorn"} <= imported


def test_a_start_imports_nothing_that_it_does_not_need(imported):
    assert sorted(imported & NOT_IMPORTED) == []


def test_a_start_imports_few_modules(imported):
    assert len(imported) <= MAX_MODULES

"""docs/architecture.md names only what exists, and its glossary stays short."""

import re
from pkgutil import resolve_name

import pytest

from tests.support.repository import DOCS, ROOT

PAGE = DOCS / "architecture.md"
MAX_GLOSSARY_ROWS = 25

FENCED_BLOCK = re.compile(r"^```.*?^```", flags=re.DOTALL | re.MULTILINE)
# `predictor.load`, `app.routes.predict.PredictRoute.respond(request)`, `app.main:app`
DOTTED_NAME = re.compile(r"`((?:app|predictor|training)\.[\w.:]+)(?:\([^`]*\))?`")
# `app/routes/predict.py`, `training/recipes/`
FILE_PATH = re.compile(
    r"`((?:app|predictor|training|tests|docs|models|benchmarks|deploy|requirements)/[\w./-]*)`"
)
GLOSSARY = re.compile(r"^## Glossary$(.*?)(?=^## |\Z)", flags=re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def page() -> str:
    if not PAGE.exists():
        pytest.skip("docs/architecture.md does not exist yet")
    return PAGE.read_text("utf-8")


def is_resolvable(name: str) -> bool:
    try:
        resolve_name(name)
    except (ImportError, AttributeError, ValueError):
        return False
    return True


def glossary_rows(page: str) -> list[str]:
    """Give the rows of the table under `## Glossary`, without its header and its rule."""
    (section,) = GLOSSARY.findall(page)
    return [line for line in section.splitlines() if line.startswith("|")][2:]


def test_every_name_on_the_page_exists(page):
    names = DOTTED_NAME.findall(FENCED_BLOCK.sub("", page))

    assert names
    assert [name for name in names if not is_resolvable(name)] == []


def test_every_path_on_the_page_exists(page):
    paths = FILE_PATH.findall(FENCED_BLOCK.sub("", page))

    assert paths
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_the_glossary_is_short(page):
    assert 1 <= len(glossary_rows(page)) <= MAX_GLOSSARY_ROWS


def test_missing_names_paths_and_rows_would_be_found():
    page = (
        "`predictor.no_such_name` `app.routes.none.Route` `predictor.load()`\n"
        "`app/no/such.py` `/predict/{task}`\n\n"
        "## Glossary\n\n| term | meaning |\n|---|---|\n| row | one |\n| task | two |\n\n## Next\n\n| a |\n"
    )

    assert DOTTED_NAME.findall(page) == ["predictor.no_such_name", "app.routes.none.Route", "predictor.load"]
    assert not is_resolvable("predictor.no_such_name")
    assert not is_resolvable("app.routes.none.Route")
    assert is_resolvable("app.main:app")
    assert is_resolvable("app.application.create_app")
    assert FILE_PATH.findall(page) == ["app/no/such.py"]
    assert glossary_rows(page) == ["| row | one |", "| task | two |"]

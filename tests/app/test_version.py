"""One version number: the package's, the API's and the newest of the changelog."""

import re
import tomllib

import predictor
from tests.support.repository import ROOT


def test_package_document_and_changelog_have_the_same_version(client):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    versions = re.findall(
        r"^## \[(\d+\.\d+\.\d+)\]", (ROOT / "CHANGELOG.md").read_text("utf-8"), flags=re.MULTILINE
    )

    document = client.get("/openapi.json").json()

    assert document["info"]["version"] == predictor.__version__ == project["version"] == versions[0]
    assert versions == sorted(versions, key=lambda text: [*map(int, text.split("."))], reverse=True)

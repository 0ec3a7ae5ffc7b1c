import hashlib
import json
import re
from html.parser import HTMLParser

import pytest
from fastapi.testclient import TestClient

from app.application import create_app
from app.settings import Settings
from tests.support.artefacts import write_artefact
from tests.support.files.tampering import write_manifest
from tests.support.payloads import TASKS

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


def read_card(client, task, accept=None):
    return client.get(f"/models/{task}/card", headers={} if accept is None else {"Accept": accept})


@pytest.mark.parametrize("task", TASKS)
def test_the_card_is_markdown_by_default(client, task):
    answer = read_card(client, task)

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/markdown; charset=utf-8"
    assert answer.text.startswith(f"# {TASKS[task].title}, version 1\n")
    assert "## Performance" in answer.text
    assert "| " in answer.text


@pytest.mark.parametrize(
    "accept",
    [
        BROWSER,
        "text/html",
        "TEXT/HTML",
        "text/html;q=0.001",
        "text/markdown;q=0.5, text/html;q=0.6",
        "text/markdown;q=0, */*",
        "text/html;level=1;q=0.5, text/*;q=0.1",
        "text/html, text/markdown;q=0.9",
    ],
)
def test_the_card_is_html_where_the_accept_header_prefers_html(client, accept):
    assert read_card(client, "iris", accept).headers["content-type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize(
    "accept",
    [
        "",
        "*/*",
        "text/*",
        "text/markdown",
        "text/html, text/markdown",
        "text/markdown, text/html",
        "text/html;q=0",
        "text/html;q=0.5, text/markdown",
        "text/html;q=0.5, */*",
        "text/html;q=0.5, text/*;q=0.7",
        "text/html;q=2",
        "text/html;q=nan",
        "text/html;q=",
        "application/json",
        "xyzzy",
        ",;=,",
        "text/html-not",
        "text/html" + ";" * 5_000 + "q=0",
    ],
)
def test_the_card_is_markdown_for_every_other_accept_header(client, accept):
    assert read_card(client, "iris", accept).headers["content-type"] == "text/markdown; charset=utf-8"


def test_several_accept_headers_are_read_as_one_list(client):
    headers = [("Accept", "text/markdown;q=0.1"), ("Accept", "text/html")]

    answer = client.get("/models/iris/card", headers=headers)

    assert answer.headers["content-type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize("accept", [None, BROWSER])
def test_the_vary_header_names_the_accept_header(client, accept):
    assert read_card(client, "iris", accept).headers["vary"] == "Accept"


@pytest.mark.parametrize("task", TASKS)
def test_the_card_contains_the_checksum_of_the_served_weights(client, models, task):
    weights = (models / task / "1" / "model.safetensors").read_bytes()

    for accept in (None, BROWSER):
        assert hashlib.sha256(weights).hexdigest() in read_card(client, task, accept).text


class TagParser(HTMLParser):
    """Collects the name and the attributes of every start tag."""

    def __init__(self):
        super().__init__()
        self.tags: list[tuple[str, dict]] = []

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))


def tags_of(page):
    parser = TagParser()
    parser.feed(page)
    return parser.tags


@pytest.mark.parametrize("task", TASKS)
def test_the_html_card_without_figures_has_tables_but_no_scripts_links_or_external_files(client, task):
    answer = read_card(client, task, BROWSER)

    tags = tags_of(answer.text)
    names = {tag for tag, _ in tags}
    assert {"h1", "h2", "table", "td"} <= names
    assert not names & {"script", "img", "link", "iframe", "object", "embed", "form", "a"}
    assert not {name for _, attributes in tags for name in attributes} & {"src", "href", "srcset", "onload"}
    assert re.findall(r"url\(|@import", answer.text) == []
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "img-src data:;" in policy
    assert "frame-ancestors 'none'" in policy
    assert "script-src" not in policy


def test_html_in_the_text_of_a_card_is_escaped(tmp_path):
    for task in TASKS.values():
        folder = write_artefact(tmp_path, task)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["outcome"] = "<script>alert(1)</script> & <img src=x>"
    manifest["recipe"]["note"] = "<b>`<i>x</i>`"
    write_manifest(folder, manifest)
    client = TestClient(create_app(Settings(models_dir=tmp_path)))

    answer = read_card(client, folder.parent.name, BROWSER)

    assert not {tag for tag, _ in tags_of(answer.text)} & {"script", "img", "b", "i"}
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &lt;img src=x&gt;" in answer.text

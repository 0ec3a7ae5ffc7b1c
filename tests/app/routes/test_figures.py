"""The figures of a model card over HTTP."""

import base64
import json
import re
from hashlib import sha256

import pytest
from fastapi.testclient import TestClient

from app.application import create_app
from app.settings import Settings
from tests.support.api_keys import line
from tests.support.artefacts import write_artefact
from tests.support.files.tampering import write_manifest
from tests.support.payloads import TASKS
from tests.support.problems import assert_problem

BROWSER = {"Accept": "text/html"}
PICTURE = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
PATH = "/models/iris/figures/calibration.svg"


def publish(models, version=1, picture=PICTURE):
    """Write a version of iris that has a figure."""
    folder = write_artefact(models, TASKS["iris"], version=version)
    (folder / "figures").mkdir()
    (folder / "figures" / "calibration.svg").write_bytes(picture)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"]["figures/calibration.svg"] = {
        "sha256": sha256(picture).hexdigest(),
        "bytes": len(picture),
    }
    write_manifest(folder, manifest)
    return folder


@pytest.fixture
def folder(tmp_path):
    return publish(tmp_path)


def serve(folder, **settings):
    return TestClient(create_app(Settings(models_dir=folder.parents[1], **settings)))


def test_a_figure_is_sent_as_it_is_and_cannot_run_scripts(folder):
    answer = serve(folder).get(PATH)

    assert (answer.status_code, answer.content) == (200, PICTURE)
    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.headers["x-content-type-options"] == "nosniff"
    policy = answer.headers["content-security-policy"].split("; ")
    assert {"default-src 'none'", "sandbox", "frame-ancestors 'none'"} <= set(policy)
    assert "script-src" not in answer.headers["content-security-policy"]


@pytest.mark.parametrize("known", ["{}", 'W/{}, "x"', '"x", {}', "*"])
def test_a_known_figure_is_not_sent_again(folder, known):
    tag = f'"{sha256(PICTURE).hexdigest()}"'

    answer = serve(folder).get(PATH, headers={"If-None-Match": known.format(tag)})

    assert (answer.status_code, answer.content) == (304, b"")
    assert answer.headers["etag"] == tag
    assert "no-cache" in answer.headers["cache-control"]


def test_another_figure_than_the_known_one_is_sent(folder):
    answer = serve(folder).get(PATH, headers={"If-None-Match": '"xyzzy"'})

    assert (answer.status_code, answer.headers["etag"]) == (200, f'"{sha256(PICTURE).hexdigest()}"')


def test_head_gives_the_headers_of_a_figure(folder):
    answer = serve(folder).head(PATH)

    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-length"] == str(len(PICTURE))


@pytest.mark.parametrize(
    "name",
    ["xyzzy.svg", "calibration", "model.safetensors", "manifest.json", "..%2fmanifest.json", "%2e%2e", "."],
)
def test_no_other_file_is_sent(folder, name):
    assert serve(folder).get(f"/models/iris/figures/{name}").status_code == 404


def test_a_file_that_the_manifest_does_not_list_is_not_sent(folder):
    (folder / "figures" / "other.svg").write_bytes(PICTURE)

    answer = serve(folder).get("/models/iris/figures/other.svg")

    assert_problem(answer, 404)
    assert "there are: calibration.svg" in answer.json()["detail"]


@pytest.mark.parametrize("picture", [PICTURE + b" ", PICTURE.replace(b"1", b"2"), None])
def test_a_figure_that_was_changed_or_removed_is_not_sent(folder, picture):
    path = folder / "figures" / "calibration.svg"
    path.unlink()
    if picture is not None:
        path.write_bytes(picture)
    client = serve(folder)

    answer, card = client.get(PATH), client.get("/models/iris/card", headers=BROWSER)

    assert_problem(answer, 404)
    assert str(folder) not in answer.text
    assert "There is no picture of calibration." in card.text
    assert "<img" not in card.text


def test_the_page_contains_its_figures(folder):
    page = serve(folder).get("/models/iris/card", headers=BROWSER)

    (source,) = re.findall(r'<img src="data:image/svg\+xml;base64,([^"]+)" alt="calibration">', page.text)
    assert base64.b64decode(source) == PICTURE


def test_the_links_of_the_markdown_card_lead_to_its_figures(folder):
    client = serve(folder)
    card = client.get("/models/iris/card")

    (link,) = re.findall(r"!\[calibration\]\((.*)\)", card.text)
    answer = client.get(str(card.url.join(link)))

    assert (link, answer.content) == ("figures/calibration.svg?version=1", PICTURE)


def test_a_card_never_gets_the_figures_of_another_version(folder):
    publish(folder.parents[1], version=2, picture=b"<svg/>")
    client = serve(folder)

    assert_problem(client.get(f"{PATH}?version=1"), 404)
    assert client.get(f"{PATH}?version=2").content == b"<svg/>"
    assert_problem(client.get(f"{PATH}?version=x"), 422)


def test_a_figure_needs_the_same_key_as_its_card(folder, tmp_path):
    (tmp_path / "keys").write_text(line("alice", "secret-key-of-alice"))
    client = serve(folder, api_keys_file=tmp_path / "keys")

    assert_problem(client.get(PATH), 401)
    assert client.get(PATH, headers={"X-API-Key": "secret-key-of-alice"}).content == PICTURE


def test_the_document_lists_the_figures(folder):
    document = serve(folder).get("/openapi.json").json()

    parameters = document["paths"]["/models/{task}/figures/{figure}"]["get"]["parameters"]
    (figure,) = [parameter for parameter in parameters if parameter["name"] == "figure"]
    assert figure["schema"]["enum"] == ["calibration.svg"]


def test_an_image_in_another_text_of_the_card_is_not_shown(folder):
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["outcome"] = "![x](http://a.example/x.svg)"
    write_manifest(folder, manifest)

    page = serve(folder).get("/models/iris/card", headers=BROWSER).text

    assert "a.example" not in page

import json
import re
import shlex
import shutil
import socket
import subprocess

import pytest
from fastapi.testclient import TestClient

from app.application import create_app
from app.settings import Settings
from tests.documents.answers import CALL_AND_RESPONSE, DOCUMENTS, ROOT, refresh
from tests.documents.serving import make_serve, would_install
from tests.support.training.made_up import QUICK, stroke_records, write_csv
from training.__main__ import main

README = (ROOT / "README.md").read_text("utf-8")
EVERY_DOCUMENT = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.fixture(scope="module")
def client():
    return TestClient(create_app(Settings(models_dir=ROOT / "models")))


def rounded(text):
    # The last digits depend on the processor, because it determines the order of summation.
    return re.sub(r"\d+\.\d{7,}", lambda number: f"{float(number[0]):.6f}", text)


def shell_lines(text):
    blocks = re.findall(r"```(?:sh|shell)\n(.*?)```", text, flags=re.DOTALL)
    return [line.partition("#")[0].strip() for block in blocks for line in block.splitlines()]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_the_responses_in_the_documents_are_those_of_the_shipped_models(document, client):
    text = document.read_text("utf-8")

    assert CALL_AND_RESPONSE.search(text)
    assert rounded(refresh(text, client)) == rounded(text), "run `make documents`"


@pytest.mark.parametrize("document", EVERY_DOCUMENT, ids=lambda path: path.name)
def test_every_make_target_in_the_documents_exists(document):
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), flags=re.MULTILINE))
    named = re.findall(r"`?make ([a-z]+)", " ".join(shell_lines(document.read_text("utf-8"))))

    assert set(named) <= targets


@pytest.mark.parametrize("document", EVERY_DOCUMENT, ids=lambda path: path.name)
def test_every_test_named_in_the_documents_exists(document):
    named = set(re.findall(r"`(tests/[\w/]+\.py)`", document.read_text("utf-8")))

    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


def test_every_guarantee_of_security_names_a_test():
    text = (ROOT / "docs" / "security.md").read_text("utf-8")
    guarantees = [
        line for line in re.findall(r"^\| (.*) \|$", text, flags=re.MULTILINE) if line != "guarantee | tests"
    ]

    assert len(guarantees) > 20
    assert [line for line in guarantees if not re.search(r" \| `tests/[\w/]+/test_\w+\.py`", line)] == []


def test_the_server_of_the_readme_starts_and_its_curl_gets_the_shown_response():
    if would_install():
        pytest.skip(
            "`make serve` would install packages first; `make test` runs this test after the installation"
        )
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    call, response = CALL_AND_RESPONSE.findall(README)[0]
    curl = call.replace("127.0.0.1:8000/", f"127.0.0.1:{port}/")

    with make_serve(port):
        done = subprocess.run(["/bin/sh", "-c", curl], capture_output=True, text=True, timeout=30, check=True)

    assert "make serve" in shell_lines(README)
    assert json.loads(rounded(done.stdout)) == json.loads(rounded(response))


def test_the_training_commands_of_the_readme_run(tmp_path):
    data = write_csv(tmp_path / "people.csv", stroke_records())
    commands = [line for line in shell_lines(README) if line.startswith(".venv/bin/python -m training")]

    for command in commands:
        arguments = shlex.split(command.replace("FILE", str(data)))[3:]

        assert main([*arguments, *QUICK, "--out", str(tmp_path)]) == 0

    assert {path.name for path in tmp_path.iterdir() if path.is_dir()} == {"iris", "stroke"}


@pytest.mark.parametrize("document", EVERY_DOCUMENT, ids=lambda path: path.name)
def test_every_link_between_the_documents_has_a_target(document):
    text = document.read_text("utf-8")

    for target in re.findall(r"\]\((?!https?://)([^)#]+)", text):
        assert (document.parent / target).exists(), target


def test_the_map_names_every_folder():
    (block,) = re.findall(r"## The map\n\n```\n(.*?)```", README, flags=re.DOTALL)
    folders = {line.split("/")[0] for line in block.splitlines()}
    existing = {path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith(".")}

    assert folders == existing - {"build", "experiments"} - {p for p in existing if p.endswith(".egg-info")}

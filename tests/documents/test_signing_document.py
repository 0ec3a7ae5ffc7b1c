"""The commands of docs/artefacts.md work in their order."""

import os
import shutil
import subprocess
import sys

import pytest

from predictor.artefact.reader import SIGNATURE, find_versions, read_artefact
from tests.documents.answers import ROOT
from tests.documents.test_documents import shell_lines
from tests.support.payloads import TASKS

DOCUMENT = ROOT / "docs" / "artefacts.md"


def test_the_commands_sign_every_shipped_model_and_verify_it(tmp_path):
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    shutil.copytree(ROOT / "models", tmp_path / "models")
    lines = [line for line in shell_lines(DOCUMENT.read_text("utf-8")) if line and "make serve" not in line]
    script = "\n".join(lines).replace(".venv/bin/python", sys.executable)

    done = subprocess.run(
        ["sh", "-e", "-c", script],  # noqa: S607
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert "signed by the key" in done.stdout
    signed = [folder for task in TASKS for folder in find_versions(tmp_path / "models", task)]
    for folder in signed:
        assert (folder / SIGNATURE).exists()
        assert read_artefact(folder, tmp_path / "key.pub.pem").folder == folder

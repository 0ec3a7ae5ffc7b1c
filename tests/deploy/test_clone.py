"""A clone in which git converts line ends has the same models."""

import shutil
import subprocess

import pytest

from predictor.artefact.reader import find_versions, read_artefact, read_listed_file
from tests.support.repository import MODELS, ROOT

TASKS = [path.name for path in sorted(MODELS.iterdir()) if path.is_dir()]
CONVERTING = ("-c", "core.autocrlf=true", "-c", "core.eol=crlf")


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("this needs git and a clone of the repository")
    folder = tmp_path_factory.mktemp("clone") / "clone"
    command = ["git", "-c", "safe.directory=*", "clone", "--quiet", *CONVERTING, ROOT, folder]
    subprocess.run(command, check=True, capture_output=True)
    return folder


@pytest.mark.parametrize("task", TASKS)
def test_every_file_of_a_shipped_model_is_intact(clone, task):
    versions = find_versions(clone / "models", task)
    manifests = [read_artefact(folder).manifest for folder in versions]

    assert versions
    for folder, manifest in zip(versions, manifests, strict=True):
        assert all(read_listed_file(folder, manifest, name) for name in manifest.files)


def test_scripts_and_sources_keep_their_line_ends(clone):
    texts = [path for path in clone.rglob("*") if path.suffix in {".py", ".sh", ".toml", ".svg", ".csv"}]
    texts += [clone / "Makefile", clone / "Dockerfile"]

    assert [path for path in texts if b"\r\n" in path.read_bytes()] == []

"""An artefact is loaded only if its files are exactly those that were published."""

import json
import os
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from predictor.artefact.files import read_file
from predictor.artefact.reader import (
    ARRAYS,
    MANIFEST,
    PREPROCESSOR,
    find_versions,
    newest_version,
    read_artefact,
)
from predictor.model.predictor import load_predictor
from predictor.schema.errors import ArtefactCorrupt, ArtefactMissing
from predictor.tasks import find_task
from tests.support.artefacts import write_artefact
from tests.support.files.tampering import edit_manifest, replace_arrays

SIZES = {"BF16": 4, "F8_E4M3": 2, "F4": 1}
STROKE, IRIS = find_task("stroke"), find_task("iris")


@pytest.fixture
def folder(tmp_path):
    return write_artefact(tmp_path, STROKE)


# Versions


def test_the_highest_version_is_the_newest_and_other_folders_are_ignored(tmp_path):
    for version in (2, 10, 9):
        write_artefact(tmp_path, STROKE, version=version)
    for name in (".writing-11", "latest", "011", "-1", "1.0", "٣"):
        (tmp_path / "stroke" / name).mkdir()
    (tmp_path / "stroke" / "12").write_text("a file")

    assert [path.name for path in find_versions(tmp_path, "stroke")] == ["2", "9", "10"]
    assert newest_version(tmp_path, "stroke").name == "10"


def test_without_any_version_the_error_names_the_training_command(tmp_path):
    (tmp_path / "stroke").mkdir()

    with pytest.raises(ArtefactMissing, match="python -m training stroke"):
        load_predictor(tmp_path, STROKE)
    with pytest.raises(ArtefactMissing, match="python -m training iris"):
        load_predictor(tmp_path, IRIS)


def test_a_version_in_the_folder_of_another_is_refused(folder):
    moved = folder.rename(folder.with_name("2"))

    with pytest.raises(ArtefactCorrupt, match="says version 1, but the folder is 2"):
        read_artefact(moved)


# Files


@pytest.mark.parametrize("name", [ARRAYS, MANIFEST])
def test_a_shortened_file_is_refused(folder, name):
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content[: len(content) // 2])

    with pytest.raises(ArtefactCorrupt, match=name):
        read_artefact(folder)


@pytest.mark.parametrize("name", [ARRAYS, MANIFEST])
def test_a_missing_file_is_refused(folder, name):
    (folder / name).unlink()

    with pytest.raises(ArtefactCorrupt, match=f"{name} cannot be opened"):
        read_artefact(folder)


@pytest.mark.parametrize("name", [ARRAYS, MANIFEST])
def test_a_folder_or_a_pipe_in_place_of_a_file_is_refused_at_once(folder, name):
    (folder / name).unlink()
    os.mkfifo(folder / name)

    with pytest.raises(ArtefactCorrupt, match=name):
        read_artefact(folder)

    (folder / name).unlink()
    (folder / name).mkdir()

    with pytest.raises(ArtefactCorrupt, match=name):
        read_artefact(folder)


@pytest.mark.parametrize("name", [ARRAYS, MANIFEST])
def test_a_file_that_is_too_large_is_refused_before_it_is_read(folder, name):
    with (folder / name).open("r+b") as file:
        file.truncate(1 << 40)

    with pytest.raises(ArtefactCorrupt, match="at most"):
        read_artefact(folder)


def test_arrays_that_are_not_safetensors_are_refused(folder):
    replace_arrays(folder, b"\x80\x04 not arrays")

    with pytest.raises(ArtefactCorrupt, match="not a safetensors file"):
        read_artefact(folder)


@pytest.mark.parametrize("dtype", ["BF16", "F8_E4M3", "F4"])
def test_arrays_of_a_type_that_numpy_lacks_are_refused(folder, dtype):
    header = json.dumps({"fill": {"dtype": dtype, "shape": [2], "data_offsets": [0, SIZES[dtype]]}}).encode()
    replace_arrays(folder, struct.pack("<Q", len(header)) + header + bytes(SIZES[dtype]))

    with pytest.raises(ArtefactCorrupt, match="not a safetensors file"):
        read_artefact(folder)


@pytest.mark.parametrize(
    "name",
    [
        "../1/model.safetensors",
        "/etc/passwd",
        "./card.md",
        "figures/../card.md",
        "figures/a/b.svg",
        "figures/",
        "figures\\a.svg",
        "figures/a.svg\n",
        "card.md\x00",
        "Card.md",
        "manifest.json",
        "manifest.sig",
        "anything.else",
        "",
    ],
)
def test_a_manifest_that_lists_any_other_file_is_refused(folder, name):
    files = json.loads((folder / MANIFEST).read_text())["files"]
    edit_manifest(folder, "files", files | {name: files[ARRAYS]})

    with pytest.raises(ArtefactCorrupt, match="files: lists a file that does not belong to an artefact"):
        read_artefact(folder)


def test_a_manifest_may_list_every_file_of_an_artefact_even_if_the_server_does_not_need_it(folder):
    files = json.loads((folder / MANIFEST).read_text())["files"]
    others = dict.fromkeys([PREPROCESSOR, "card.md", "figures/roc_and_pr.svg"], files[ARRAYS])
    edit_manifest(folder, "files", files | others)

    assert set(read_artefact(folder).manifest.files) == {ARRAYS, *others}


@pytest.mark.parametrize("name", [ARRAYS, MANIFEST])
def test_a_file_that_grows_while_it_is_read_is_refused(folder, name, monkeypatch):
    original_fstat = os.fstat

    def grow_after_the_check(descriptor):
        status = original_fstat(descriptor)
        with (folder / name).open("ab") as file:
            file.write(b" ")
        return status

    monkeypatch.setattr(os, "fstat", grow_after_the_check)

    with pytest.raises(ArtefactCorrupt, match=name):
        read_artefact(folder)


def test_a_file_that_cannot_be_read_to_its_end_is_refused_with_the_same_message(folder):
    # The memory of this process has the type of a regular file, and reading its first page is an error.
    with pytest.raises(ArtefactCorrupt, match=r"^mem cannot be opened \(Input/output error\)$"):
        read_file(Path("/proc/self"), "mem", 100)


def test_only_manifest_and_arrays_are_opened_and_nothing_is_unpickled(folder):
    (folder / PREPROCESSOR).write_bytes(b"cos\nsystem\n(S'touch unpickled'\ntR.")
    script = """
import sys
from pathlib import Path
events = []
sys.addaudithook(lambda event, arguments: events.append((event, str(arguments[:1]))))
from predictor.model.predictor import load_predictor
from predictor.tasks import find_task
folder = Path(sys.argv[1])
load_predictor(folder.parent.parent, find_task("stroke"))
opened = {Path(argument.strip("(),'")).name for event, argument in events if event == "open"}
print(sorted(opened & {path.name for path in folder.iterdir()}))
print([event for event, _ in events if event == "pickle.find_class"])
print([name for name in ("torch", "sklearn", "pandas", "joblib") if name in sys.modules])
"""

    done = subprocess.run([sys.executable, "-c", script, folder], capture_output=True, text=True, check=True)

    assert done.stdout.splitlines() == [str([MANIFEST, ARRAYS]), "[]", "[]"]

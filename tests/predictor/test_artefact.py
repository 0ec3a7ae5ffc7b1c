"""What is on disk is taken only where it is exactly what was published."""

import os
import subprocess
import sys

import pytest

from predictor.artefact import ARRAYS, MANIFEST, PREPROCESSOR, find_versions, newest_version, read_artefact
from predictor.errors import ArtefactCorrupt, ArtefactMissing, SchemaMismatch
from predictor.predictor import load_predictor, read_predictor
from predictor.tasks import find_task
from tests.artefacts import write_artefact
from tests.predictor.tampering import replace_arrays

STROKE, IRIS = find_task("stroke"), find_task("iris")


@pytest.fixture
def folder(tmp_path):
    return write_artefact(tmp_path, STROKE)


# Versions


def test_the_highest_version_is_the_newest_and_other_folders_are_none(tmp_path):
    for version in (2, 10, 9):
        write_artefact(tmp_path, STROKE, version=version)
    for name in (".writing-11", "latest", "011", "-1", "1.0", "٣"):
        (tmp_path / "stroke" / name).mkdir()
    (tmp_path / "stroke" / "12").write_text("a file")

    assert [path.name for path in find_versions(tmp_path, "stroke")] == ["2", "9", "10"]
    assert newest_version(tmp_path, "stroke").name == "10"


def test_no_version_is_a_clear_error(tmp_path):
    (tmp_path / "stroke").mkdir()

    with pytest.raises(ArtefactMissing, match="python -m training stroke"):
        load_predictor(tmp_path, STROKE)
    with pytest.raises(ArtefactMissing, match="python -m training iris"):
        load_predictor(tmp_path, IRIS)


def test_a_version_in_the_folder_of_another_is_refused(folder):
    moved = folder.rename(folder.with_name("2"))

    with pytest.raises(ArtefactCorrupt, match="says version 1, but the folder is 2"):
        read_artefact(moved)


# Bits and files


def test_any_flipped_bit_of_the_arrays_is_refused(folder):
    content = bytearray((folder / ARRAYS).read_bytes())

    for place in range(0, len(content), 37):
        content[place] ^= 1 << place % 8
        (folder / ARRAYS).write_bytes(content)
        with pytest.raises(ArtefactCorrupt, match="digest"):
            read_artefact(folder)
        content[place] ^= 1 << place % 8


def test_a_flipped_bit_of_the_manifest_is_refused_or_changes_no_answer(folder):
    rows = [
        STROKE.features.model_validate(STROKE.features.example | {"age": age, "bmi": bmi})
        for age, bmi in ((5.0, 18.0), (30.0, None), (60.0, 40.0))
    ]
    answer = read_predictor(folder, STROKE).predict(rows).probabilities
    content = bytearray((folder / MANIFEST).read_bytes())

    for place in range(0, len(content), 7):
        content[place] ^= 1 << place % 7
        (folder / MANIFEST).write_bytes(content)
        try:
            again = read_predictor(folder, STROKE).predict(rows).probabilities
        except (ArtefactCorrupt, SchemaMismatch):
            again = answer
        assert sum(again, []) == pytest.approx(sum(answer, []), abs=2e-6)  # noqa: RUF017 (three lists of one)
        content[place] ^= 1 << place % 7


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
def test_a_link_in_place_of_a_file_is_refused(folder, name):
    original = (folder / name).rename(folder.parent / name)
    (folder / name).symlink_to(original)

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
def test_a_file_too_large_to_be_one_of_ours_is_refused_unread(folder, name):
    with (folder / name).open("r+b") as file:
        file.truncate(1 << 40)

    with pytest.raises(ArtefactCorrupt, match="at most"):
        read_artefact(folder)


def test_arrays_that_are_no_safetensors_are_refused(folder):
    replace_arrays(folder, b"\x80\x04 not arrays")

    with pytest.raises(ArtefactCorrupt, match="not safetensors"):
        read_artefact(folder)


def test_only_the_two_files_are_opened_and_nothing_is_unpickled(folder):
    (folder / PREPROCESSOR).write_bytes(b"cos\nsystem\n(S'touch unpickled'\ntR.")
    script = """
import sys
from pathlib import Path
seen = []
sys.addaudithook(lambda event, arguments: seen.append((event, str(arguments[:1]))))
from predictor.predictor import load_predictor
from predictor.tasks import find_task
folder = Path(sys.argv[1])
load_predictor(folder.parent.parent, find_task("stroke"))
opened = [what.strip("(),'") for event, what in seen if event == "open"]
print(sorted({Path(path).name for path in opened if str(folder) in path}))
print([event for event, _ in seen if event == "pickle.find_class"])
print([name for name in ("torch", "sklearn", "pandas", "joblib") if name in sys.modules])
"""

    done = subprocess.run([sys.executable, "-c", script, folder], capture_output=True, text=True, check=True)

    assert done.stdout.splitlines() == [str([MANIFEST, ARRAYS]), "[]", "[]"]

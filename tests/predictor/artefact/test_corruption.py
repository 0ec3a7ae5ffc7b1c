"""A flipped bit or a truncation anywhere in the files is refused, without any key."""

import re
import shutil
from pathlib import Path

import pytest

from predictor.artefact.checksum import add_checksum, has_valid_checksum
from predictor.artefact.reader import ARRAYS, MANIFEST, find_versions, read_artefact
from predictor.schema.errors import ArtefactCorrupt
from tests.support.files.corruption import flipped_bits, not_refused, truncations
from tests.support.payloads import TASKS

MODELS = Path(__file__).parents[3] / "models"
SHIPPED = [folder for task in TASKS for folder in find_versions(MODELS, task)]
FLIPS, CUTS = 1000, 100


def named(folder):
    return f"{folder.parent.name}-{folder.name}"


@pytest.fixture(params=SHIPPED, ids=named)
def shipped(request, tmp_path):
    return shutil.copytree(request.param, tmp_path / request.param.name)


def read_files(folder):
    return [folder / MANIFEST, folder / ARRAYS]


def test_any_flipped_bit_is_refused_and_the_folder_named(shipped):
    names_folder = []

    def check():
        try:
            read_artefact(shipped)
        except ArtefactCorrupt as error:
            names_folder.append(str(shipped) in str(error))
            raise

    missed = not_refused(flipped_bits(read_files(shipped), FLIPS, seed=5), check, ArtefactCorrupt)

    assert missed == []
    assert names_folder == [True] * FLIPS
    assert read_artefact(shipped).folder == shipped


def test_any_truncation_is_refused(shipped):
    missed = not_refused(
        truncations(read_files(shipped), CUTS, seed=5), lambda: read_artefact(shipped), ArtefactCorrupt
    )

    assert missed == []


@pytest.mark.parametrize("position", [0, 1, -70, -69, -68, -5, -4, -3, -2, -1])
def test_every_bit_around_the_checksum_is_checked(shipped, position):
    content = (shipped / MANIFEST).read_bytes()

    for bit in range(8):
        changed = bytearray(content)
        changed[position] ^= 1 << bit
        assert not has_valid_checksum(bytes(changed))


def test_added_bytes_and_changed_white_space_are_refused(shipped):
    content = (shipped / MANIFEST).read_bytes()

    for changed in (content + b"\n", b" " + content, content.replace(b" ", b"", 1), content * 2):
        (shipped / MANIFEST).write_bytes(changed)
        with pytest.raises(ArtefactCorrupt, match="digest"):
            read_artefact(shipped)


@pytest.mark.parametrize("content", [b"", b"x", b"0" * 64, b"0" * 68, b"\xff" * 100])
def test_bytes_that_are_no_manifest_have_no_valid_checksum(content):
    assert not has_valid_checksum(content)


def test_the_checksum_of_a_manifest_is_the_one_that_the_document_describes(shipped):
    content = (shipped / MANIFEST).read_bytes()

    blank = re.sub(rb'"digest": "\w{64}"\n}\n$', b'"digest": "%b"\n}\n' % (b"0" * 64), content)

    assert blank != content
    assert add_checksum(blank) == add_checksum(content) == content

"""With a public key, only a manifest that it signed is accepted; the test vector is that of RFC 8032."""

import pytest
from nacl.signing import SigningKey

from predictor.artefact.reader import ARRAYS, MANIFEST, SIGNATURE, read_artefact
from predictor.artefact.signature import PRIVATE, PUBLIC, is_signed, read_key
from predictor.model.predictor import load_predictor
from predictor.schema.errors import ArtefactCorrupt, ArtefactUntrusted, KeyUnusable
from predictor.tasks import find_task
from tests.support.artefacts import write_artefact
from tests.support.files.corruption import flipped_bits
from tests.support.files.tampering import edit_manifest
from tests.support.signing_keys import pem, write_keys

STROKE = find_task("stroke")

# RFC 8032, section 7.1, test 3.
SEED = bytes.fromhex("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7")
KEY = bytes.fromhex("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025")
MESSAGE = bytes.fromhex("af82")
MESSAGE_SIGNATURE = bytes.fromhex(
    "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
    "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
)


@pytest.fixture
def keys(tmp_path):
    return write_keys(tmp_path)


@pytest.fixture
def folder(tmp_path, keys):
    folder = write_artefact(tmp_path / "models", STROKE)
    sign(folder, keys)
    return folder


def sign(folder, keys):
    key = SigningKey(read_key(keys.private, PRIVATE))
    (folder / SIGNATURE).write_bytes(key.sign((folder / MANIFEST).read_bytes()).signature)


def test_the_signature_of_the_standard_is_valid(tmp_path):
    (tmp_path / "key.pem").write_text(pem(PUBLIC, KEY))

    assert is_signed(MESSAGE, MESSAGE_SIGNATURE, tmp_path / "key.pem")
    assert not is_signed(MESSAGE + b"\0", MESSAGE_SIGNATURE, tmp_path / "key.pem")
    assert SigningKey(SEED).sign(MESSAGE).signature == MESSAGE_SIGNATURE


def test_a_signed_model_is_loaded_with_the_key_and_without(folder, keys):
    assert load_predictor(folder.parents[1], STROKE, public_key=keys.public).folder == folder
    assert load_predictor(folder.parents[1], STROKE).folder == folder


@pytest.mark.parametrize("content", [None, b"", b"\0" * 63, b"\0" * 65])
def test_a_model_without_a_signature_is_refused(folder, keys, content):
    (folder / SIGNATURE).unlink()
    if content is not None:
        (folder / SIGNATURE).write_bytes(content)

    with pytest.raises(ArtefactUntrusted) as refused:
        read_artefact(folder, keys.public)

    assert f"python -m training sign {folder}" in str(refused.value)


def test_any_flipped_bit_of_a_signature_is_refused(folder, keys):
    signature = (folder / SIGNATURE).read_bytes()

    for damage in flipped_bits([folder / SIGNATURE], len(signature) * 8, seed=0):
        assert not is_signed((folder / MANIFEST).read_bytes(), damage.content, keys.public)


def test_a_link_to_a_signature_outside_the_models_folder_is_refused(folder, keys, tmp_path):
    (folder / SIGNATURE).rename(tmp_path / SIGNATURE)
    (folder / SIGNATURE).symlink_to(tmp_path / SIGNATURE)

    with pytest.raises(ArtefactUntrusted, match=r"manifest\.sig is behind a link that leads out of"):
        read_artefact(folder, keys.public)


def test_a_link_to_a_signature_inside_the_models_folder_is_followed(folder, keys):
    (folder / SIGNATURE).rename(folder.parent / SIGNATURE)
    (folder / SIGNATURE).symlink_to(folder.parent / SIGNATURE)

    assert read_artefact(folder, keys.public).folder == folder


def test_a_signature_by_another_key_is_refused(folder, keys, tmp_path):
    sign(folder, write_keys(tmp_path, "another"))

    with pytest.raises(ArtefactUntrusted, match="is not the signature of this manifest by the public key"):
        read_artefact(folder, keys.public)


def test_a_changed_model_with_a_new_checksum_is_refused_without_a_new_signature(folder, keys):
    edit_manifest(folder, "outcome", "something else")

    assert read_artefact(folder).manifest.outcome == "something else"
    with pytest.raises(ArtefactUntrusted, match="is not the signature of this manifest by the public key"):
        read_artefact(folder, keys.public)


def test_one_signature_protects_all_files(folder, keys):
    content = (folder / ARRAYS).read_bytes()
    (folder / ARRAYS).write_bytes(content[::-1])

    with pytest.raises(ArtefactCorrupt, match=ARRAYS):
        read_artefact(folder, keys.public)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "xyzzy",
        pem(PRIVATE, SEED),
        pem(PUBLIC, KEY[1:]),
        pem(PUBLIC, KEY + b"\0"),
        pem(PUBLIC, KEY) * 2,
        pem(PUBLIC, KEY).replace("PUBLIC", "RSA PUBLIC"),
        pem(PUBLIC, KEY).replace("M", "N", 1),
        pem(PUBLIC, KEY).replace("=", ""),
        pem(PUBLIC, KEY).replace("\n", "\n!", 1),
    ],
)
def test_a_file_that_is_not_exactly_one_public_key_is_refused(tmp_path, content):
    (tmp_path / "key.pem").write_text(content)

    with pytest.raises(KeyUnusable, match="must contain one Ed25519 public key") as refused:
        read_key(tmp_path / "key.pem", PUBLIC)

    assert "xyzzy" not in str(refused.value)


@pytest.mark.parametrize(("path", "reason"), [("none", "No such file"), ("", "Is a directory")])
def test_the_error_for_an_unreadable_key_file_does_not_name_the_file(tmp_path, path, reason):
    with pytest.raises(KeyUnusable, match=reason) as refused:
        read_key(tmp_path / path, PUBLIC)

    assert str(tmp_path) not in str(refused.value)


def test_a_key_with_windows_line_ends_is_accepted(tmp_path):
    (tmp_path / "key.pem").write_text(pem(PUBLIC, KEY).replace("\n", "\r\n"), newline="")

    assert read_key(tmp_path / "key.pem", PUBLIC) == KEY

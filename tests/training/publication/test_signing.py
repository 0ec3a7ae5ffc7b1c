"""`sign` and `verify`: only an intact model is signed, and `verify` checks every file of a model."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from predictor.artefact.reader import CARD, MANIFEST, SIGNATURE, newest_version, read_artefact
from predictor.model.predictor import read_predictor
from tests.support.files.corruption import flipped_bits, not_refused, truncations
from tests.support.files.volumes import mount
from tests.support.payloads import TASKS
from tests.support.signing_keys import write_keys
from tests.support.training.runs import contents
from training.__main__ import main
from training.errors import UsageError
from training.publication.signing import verify

MODELS = Path(__file__).parents[3] / "models"


@pytest.fixture
def keys(tmp_path):
    return write_keys(tmp_path)


@pytest.fixture
def folder(tmp_path):
    return copy_of_shipped("iris", tmp_path)


def copy_of_shipped(task, tmp_path):
    shipped = newest_version(MODELS, task)
    return shutil.copytree(shipped, tmp_path / "models" / task / shipped.name)


def run(*words):
    return main([str(word) for word in words])


def usage_error(capsys, *words):
    status = run(*words)
    error = capsys.readouterr().err
    assert status == 2
    assert error.count("\n") == 1
    return error


def test_a_signed_model_is_verified_and_loaded_with_its_key(folder, keys, capsys):
    before = contents(folder)

    assert run("sign", folder, "--key", keys.private) == 0
    assert run("verify", folder, "--key", keys.public) == 0

    after = contents(folder)
    assert len(after.pop(SIGNATURE)) == 64
    assert after == before
    assert capsys.readouterr().out.splitlines() == [
        f"Wrote {folder / SIGNATURE}.",
        f"{folder} is intact: manifest.json and 9 files, signed by the key.",
    ]
    assert read_predictor(folder, TASKS["iris"], public_key=keys.public).folder == folder


def test_a_signature_has_the_file_mode_of_the_manifest(folder, keys):
    run("sign", folder, "--key", keys.private)

    assert (folder / SIGNATURE).stat().st_mode == (folder / MANIFEST).stat().st_mode


def test_verify_without_a_key_reports_that_no_signature_was_checked(folder, capsys):
    assert run("verify", folder) == 0

    assert capsys.readouterr().out.endswith("Without --key no signature was checked.\n")


def test_an_unsigned_model_is_refused_by_verify_with_a_key(folder, keys, capsys):
    assert "sign it" in usage_error(capsys, "verify", folder, "--key", keys.public)


@pytest.mark.parametrize("command", ["sign", "verify"])
def test_the_wrong_half_of_a_key_pair_is_a_usage_error_of_its_flag(folder, keys, capsys, command):
    wrong = keys.public if command == "sign" else keys.private

    assert usage_error(capsys, command, folder, "--key", wrong).startswith("--key: ")
    assert not (folder / SIGNATURE).exists()


def test_a_broken_model_is_not_signed(folder, keys, capsys):
    (folder / CARD).write_text("Trust me.")

    error = usage_error(capsys, "sign", folder, "--key", keys.private)

    assert error.startswith(f"The model in {folder} is broken: {CARD} ")
    assert not (folder / SIGNATURE).exists()


@pytest.mark.parametrize("name", ["more.txt", "figures/more.svg", "figures/deep/more.svg"])
def test_an_unlisted_file_is_named(folder, capsys, name):
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text("more")

    assert f"'{name}' is not listed in manifest.json" in usage_error(capsys, "verify", folder)


def test_files_of_desktops_and_editors_are_passed_over(folder, keys, capsys):
    for name in (".DS_Store", "Thumbs.db", "figures/._roc.svg", "__MACOSX/._card.md", "card.md~"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("")
        shutil.copy(folder / name, folder.parent)

    assert run("sign", folder, "--key", keys.private) == 0
    assert run("verify", folder, "--key", keys.public) == 0
    assert "manifest.json and 9 files" in capsys.readouterr().out


def test_a_mounted_model_is_verified(folder, tmp_path):
    mount(folder.parents[1], tmp_path / "volume", "2026_11_25")
    mount(folder, tmp_path / "deep" / "iris" / "1", "2026_11_25")

    assert run("verify", tmp_path / "volume" / "iris" / "1") == 0
    assert run("verify", tmp_path / "deep" / "iris" / "1") == 0


@pytest.mark.parametrize("words", [("sign",), ("verify",), ("sign", "models/1")])
def test_missing_arguments_end_with_status_2_and_one_line(capsys, words):
    with pytest.raises(SystemExit) as ended:
        run(*words)

    assert ended.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_folder_without_a_model_is_a_usage_error(tmp_path, capsys):
    assert "manifest.json cannot be opened" in usage_error(capsys, "verify", tmp_path)


def test_a_signature_that_cannot_be_written_ends_in_one_line(folder, keys, capsys, monkeypatch):
    def fail(descriptor):
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(os, "fsync", fail)

    assert run("sign", folder, "--key", keys.private) == 1
    assert "No space left on device" in capsys.readouterr().err
    assert not (folder / SIGNATURE).exists()


def test_keys_and_signatures_are_compatible_with_openssl(folder, tmp_path):
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    private, public, signature = tmp_path / "own.pem", tmp_path / "own.pub.pem", tmp_path / "own.sig"
    openssl("genpkey", "-algorithm", "ed25519", "-out", private)
    openssl("pkey", "-in", private, "-pubout", "-out", public)

    assert run("sign", folder, "--key", private) == 0
    manifest = ["-rawin", "-in", folder / MANIFEST]
    openssl("pkeyutl", "-sign", "-inkey", private, *manifest, "-out", signature)

    openssl("pkeyutl", "-verify", "-pubin", "-inkey", public, *manifest, "-sigfile", folder / SIGNATURE)
    assert signature.read_bytes() == (folder / SIGNATURE).read_bytes()
    assert read_artefact(folder, public).folder == folder


def openssl(*words):
    subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)  # noqa: S607


@pytest.mark.parametrize("task", TASKS)
def test_a_flipped_bit_or_a_truncation_of_any_file_of_a_shipped_model_is_found(task, tmp_path):
    folder = copy_of_shipped(task, tmp_path)
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    damages = [*flipped_bits(files, 100, seed=5), *truncations(files, 30, seed=5)]

    assert {damage.path for damage in damages} == set(files)
    assert not_refused(damages, lambda: verify(folder, None), UsageError) == []

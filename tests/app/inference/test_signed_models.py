"""With APP_MODEL_PUBLIC_KEY the server starts only with models that are signed with the private key."""

import pytest
from nacl.signing import SigningKey

from app.application import create_app
from app.settings import SettingRefused, Settings
from predictor.artefact.reader import MANIFEST, SIGNATURE
from predictor.artefact.signature import PRIVATE, read_key
from predictor.schema.errors import ArtefactUntrusted
from tests.app.server.test_startup import COMMANDS
from tests.support.artefacts import write_artefact
from tests.support.payloads import TASKS
from tests.support.servers.processes import run_to_its_end
from tests.support.signing_keys import write_keys


@pytest.fixture
def keys(tmp_path):
    return write_keys(tmp_path)


@pytest.fixture
def folders(tmp_path, keys):
    folders = [write_artefact(tmp_path / "models", task) for task in TASKS.values()]
    key = SigningKey(read_key(keys.private, PRIVATE))
    for folder in folders:
        (folder / SIGNATURE).write_bytes(key.sign((folder / MANIFEST).read_bytes()).signature)
    return folders


def start(folders, key):
    return create_app(Settings(models_dir=folders[0].parents[1], model_public_key=key))


def test_models_signed_by_the_key_are_served(folders, keys):
    assert start(folders, keys.public).routes


def test_a_single_unsigned_model_stops_the_start(folders, keys):
    (folders[-1] / SIGNATURE).unlink()

    with pytest.raises(ArtefactUntrusted, match=str(folders[-1])):
        start(folders, keys.public)


@pytest.mark.parametrize("name", ["none.pem", "key.pem"])
def test_an_invalid_key_file_stops_the_start_and_the_error_names_the_variable(folders, tmp_path, name):
    with pytest.raises(SettingRefused) as refused:
        start(folders, tmp_path / name)

    assert str(refused.value).startswith("APP_MODEL_PUBLIC_KEY: the file ")
    assert name not in str(refused.value)


@pytest.mark.parametrize("command", COMMANDS)
def test_an_unsigned_model_stops_the_start_with_status_3_and_one_line(folders, keys, command):
    (folders[0] / SIGNATURE).write_bytes(bytes(64))

    ended = run_to_its_end(command, folders[0].parents[1], APP_MODEL_PUBLIC_KEY=str(keys.public))

    assert ended.returncode == 3
    assert ended.stderr.count("\n") == 1
    assert "python -m training sign" in ended.stderr

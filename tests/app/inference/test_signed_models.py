"""With APP_MODEL_PUBLIC_KEY the server starts with models that the key signed, and with no others."""

import pytest
from nacl.signing import SigningKey

from app.application import create_app
from app.settings import SettingRefused, Settings
from predictor.artefact.reader import MANIFEST, SIGNATURE
from predictor.artefact.signature import PRIVATE, read_key
from predictor.schema.errors import ArtefactUntrusted
from predictor.tasks import find_tasks
from tests.app.server.test_startup import COMMANDS
from tests.support.artefacts import write_artefact
from tests.support.servers.processes import run_to_its_end
from tests.support.signing_keys import write_keys


@pytest.fixture
def keys(tmp_path):
    return write_keys(tmp_path)


@pytest.fixture
def folders(tmp_path, keys):
    folders = [write_artefact(tmp_path / "models", task) for task in find_tasks().values()]
    key = SigningKey(read_key(keys.private, PRIVATE))
    for folder in folders:
        (folder / SIGNATURE).write_bytes(key.sign((folder / MANIFEST).read_bytes()).signature)
    return folders


def start(folders, key):
    return create_app(Settings(models_dir=folders[0].parents[1], model_public_key=key))


def test_models_signed_by_the_key_are_served(folders, keys):
    assert start(folders, keys.public).routes


def test_one_model_that_is_not_signed_is_enough_to_refuse(folders, keys):
    (folders[-1] / SIGNATURE).unlink()

    with pytest.raises(ArtefactUntrusted, match=str(folders[-1])):
        start(folders, keys.public)


@pytest.mark.parametrize("name", ["none.pem", "key.pem"])
def test_a_file_that_is_no_public_key_is_refused_by_the_variables_name(folders, tmp_path, name):
    with pytest.raises(SettingRefused) as refused:
        start(folders, tmp_path / name)

    assert str(refused.value).startswith("APP_MODEL_PUBLIC_KEY: the file ")
    assert name not in str(refused.value)


@pytest.mark.parametrize("way", COMMANDS)
def test_an_unsigned_model_ends_the_start_with_status_3_and_one_line(folders, keys, way):
    (folders[0] / SIGNATURE).write_bytes(bytes(64))

    ended = run_to_its_end(way, folders[0].parents[1], APP_MODEL_PUBLIC_KEY=str(keys.public))

    assert ended.returncode == 3
    assert ended.stderr.count("\n") == 1
    assert "python -m training sign" in ended.stderr

"""The real server unpickles nothing, whatever is in the files of a model."""

import io
import json
import os
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import joblib
import pytest

from tests.support.artefacts import write_artefact
from tests.support.files.tampering import replace_arrays
from tests.support.payloads import TASKS, row_of
from tests.support.servers.processes import ROOT, ask, command, run_to_its_end, running

# Python runs this `sitecustomize` at the start of every process. Python itself reads compiled modules with
# `marshal`; any other use of it could run code from a file.
AUDIT_PROGRAM = """
import os
import sys

IMPORTING = "<frozen importlib._bootstrap_external>"

def audit(event, arguments):
    if event == "pickle.find_class" or (
        event in {"marshal.load", "marshal.loads"} and sys._getframe(1).f_code.co_filename != IMPORTING
    ):
        os.write(2, f"{event} happened\\n".encode())
        os._exit(86)

sys.addaudithook(audit)
"""


@pytest.fixture
def audited(tmp_path):
    """Give the environment variable with which a Python process ends if it unpickles something."""
    (tmp_path / "audit").mkdir()
    (tmp_path / "audit" / "sitecustomize.py").write_text(AUDIT_PROGRAM)
    return {"PYTHONPATH": os.pathsep.join([str(tmp_path / "audit"), str(ROOT)])}


class Payload:
    """An object that creates a folder when it is unpickled."""

    def __init__(self, canary: Path) -> None:
        self._canary = canary

    def __reduce__(self):
        return os.mkdir, (str(self._canary),)


@pytest.fixture
def canary(tmp_path):
    return tmp_path / "canary"


@pytest.fixture
def folders(tmp_path):
    return {name: write_artefact(tmp_path / "models", task) for name, task in TASKS.items()}


def pickle_bytes(payload):
    written = io.BytesIO()
    joblib.dump(payload, written)
    return written.getvalue()


def zip_as_torch(content):
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as file:
        file.writestr("archive/data.pkl", content)
        file.writestr("archive/version", "3")
    return written.getvalue()


def append_to_safetensors(content):
    header = json.dumps({"fill": {"dtype": "F64", "shape": [0], "data_offsets": [0, 0]}}).encode()
    return len(header).to_bytes(8, "little") + header + content


PICKLES = {
    "pickle": lambda pickled: pickled,
    "zip as torch writes it": zip_as_torch,
    "numpy with objects": lambda pickled: b"\x93NUMPY\x01\x00v\x00" + pickled,
    "safetensors followed by a pickle": append_to_safetensors,
    "safetensors with a pickle as header": lambda pickled: len(pickled).to_bytes(8, "little") + pickled,
}


@pytest.mark.parametrize(
    "code", ["import pickle; pickle.loads(b'cos\\nmkdir\\n.')", "import marshal; marshal.loads(b'N')"]
)
def test_the_audit_detects_unpickling(audited, code):
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, **audited}, capture_output=True, check=False
    )

    assert done.returncode == 86
    assert done.stderr.endswith(b"happened\n")


def test_the_payload_creates_the_folder_when_unpickled(canary):
    joblib.load(io.BytesIO(pickle_bytes(Payload(canary))))

    assert canary.exists()


def test_a_server_that_starts_and_answers_unpickles_nothing(folders, canary, audited, port):
    for folder in folders.values():
        joblib.dump(Payload(canary), folder / "preprocessor.joblib")
        (folder / "model.pkl").write_bytes(pickle_bytes(Payload(canary)))

    with running(folders["iris"].parents[1], port, **audited) as process:
        for task in TASKS:
            assert ask(port, f"/predict/{task}", row_of(task))["model"] == task
            batch = {"instances": [row_of(task)] * 2}
            assert len(ask(port, f"/predict/{task}/batch", batch)["predictions"]) == 2
            assert ask(port, f"/models/{task}")["model"] == task
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) in {0, -signal.SIGTERM}

    assert not canary.exists()


@pytest.mark.parametrize("name", PICKLES)
def test_a_pickle_in_place_of_the_arrays_ends_the_start_and_is_not_unpickled(folders, canary, audited, name):
    replace_arrays(folders["stroke"], PICKLES[name](pickle_bytes(Payload(canary))))

    ended = run_to_its_end(command(), folders["stroke"].parents[1], **audited)

    assert ended.returncode == 3
    assert ended.stderr.count("\n") == 1
    assert str(folders["stroke"]) in ended.stderr
    assert not canary.exists()


def test_a_pickle_in_place_of_the_manifest_ends_the_start(folders, canary, audited):
    (folders["stroke"] / "manifest.json").write_bytes(pickle_bytes(Payload(canary)))

    ended = run_to_its_end(command(), folders["stroke"].parents[1], **audited)

    assert (ended.returncode, ended.stderr.count("\n")) == (3, 1)
    assert not canary.exists()

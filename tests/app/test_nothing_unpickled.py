"""The real server unpickles nothing and runs nothing that lies beside or in place of its arrays."""

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

from predictor.tasks import find_tasks
from tests.predictor.artefact.tampering import replace_arrays
from tests.support.artefacts import write_artefact
from tests.support.payloads import TASKS, row_of
from tests.support.servers.processes import ROOT, ask, command, run_to_its_end, running

# Python runs this before all else in every process that has its folder on the path. `marshal` is how
# Python itself reads compiled modules; from anywhere else it is a way to run what lies on the disk.
GUARD = """
import os
import sys

IMPORTING = "<frozen importlib._bootstrap_external>"

def guard(event, arguments):
    if event == "pickle.find_class" or (
        event in {"marshal.load", "marshal.loads"} and sys._getframe(1).f_code.co_filename != IMPORTING
    ):
        os.write(2, f"{event} happened\\n".encode())
        os._exit(86)

sys.addaudithook(guard)
"""


@pytest.fixture
def guarded(tmp_path):
    """Give the variable that makes every Python process end where something is unpickled."""
    (tmp_path / "guard").mkdir()
    (tmp_path / "guard" / "sitecustomize.py").write_text(GUARD)
    return {"PYTHONPATH": os.pathsep.join([str(tmp_path / "guard"), str(ROOT)])}


class Payload:
    """What writes a file when it is unpickled."""

    def __init__(self, canary: Path) -> None:
        self._canary = canary

    def __reduce__(self):
        return os.mkdir, (str(self._canary),)


@pytest.fixture
def canary(tmp_path):
    return tmp_path / "canary"


@pytest.fixture
def folders(tmp_path):
    return {name: write_artefact(tmp_path / "models", task) for name, task in find_tasks().items()}


def dumped(payload):
    written = io.BytesIO()
    joblib.dump(payload, written)
    return written.getvalue()


def zipped(content):
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as file:
        file.writestr("archive/data.pkl", content)
        file.writestr("archive/version", "3")
    return written.getvalue()


def behind_a_header(content):
    header = json.dumps({"fill": {"dtype": "F64", "shape": [0], "data_offsets": [0, 0]}}).encode()
    return len(header).to_bytes(8, "little") + header + content


EVIL = {
    "pickle": lambda pickled: pickled,
    "zip as torch writes it": zipped,
    "numpy with objects": lambda pickled: b"\x93NUMPY\x01\x00v\x00" + pickled,
    "safetensors with more behind it": behind_a_header,
    "safetensors with it as a header": lambda pickled: len(pickled).to_bytes(8, "little") + pickled,
}


@pytest.mark.parametrize(
    "code", ["import pickle; pickle.loads(b'cos\\nmkdir\\n.')", "import marshal; marshal.loads(b'N')"]
)
def test_the_guard_would_tell(guarded, code):
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, **guarded}, capture_output=True, check=False
    )

    assert done.returncode == 86
    assert done.stderr.endswith(b"happened\n")


def test_the_payload_would_work(canary):
    joblib.load(io.BytesIO(dumped(Payload(canary))))

    assert canary.exists()


def test_the_server_starts_and_answers_and_unpickles_nothing(folders, canary, guarded, port):
    for folder in folders.values():
        joblib.dump(Payload(canary), folder / "preprocessor.joblib")
        (folder / "model.pkl").write_bytes(dumped(Payload(canary)))

    with running(folders["iris"].parents[1], port, **guarded) as process:
        for task in TASKS:
            assert ask(port, f"/predict/{task}", row_of(task))["model"] == task
            batch = {"instances": [row_of(task)] * 2}
            assert len(ask(port, f"/predict/{task}/batch", batch)["predictions"]) == 2
            assert ask(port, f"/models/{task}")["model"] == task
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) in {0, -signal.SIGTERM}

    assert not canary.exists()


@pytest.mark.parametrize("evil", EVIL)
def test_arrays_that_are_something_to_unpickle_end_the_start_and_are_not_unpickled(
    folders, canary, guarded, evil
):
    replace_arrays(folders["stroke"], EVIL[evil](dumped(Payload(canary))))

    ended = run_to_its_end(command(), folders["stroke"].parents[1], **guarded)

    assert ended.returncode == 3
    assert ended.stderr.count("\n") == 1
    assert str(folders["stroke"]) in ended.stderr
    assert not canary.exists()


def test_a_manifest_that_is_something_to_unpickle_ends_the_start(folders, canary, guarded):
    (folders["stroke"] / "manifest.json").write_bytes(dumped(Payload(canary)))

    ended = run_to_its_end(command(), folders["stroke"].parents[1], **guarded)

    assert (ended.returncode, ended.stderr.count("\n")) == (3, 1)
    assert not canary.exists()

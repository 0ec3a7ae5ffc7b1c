"""Made-up models of every task, and rows for them."""

import pytest

import predictor
from tests.support.artefacts import write_artefact
from tests.support.payloads import RECORDS, TASKS


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    for task in TASKS.values():
        write_artefact(folder, task, seed=5)
    return folder


@pytest.fixture(scope="module", params=RECORDS)
def name(request):
    return request.param


@pytest.fixture(scope="module")
def model(folder, name):
    return predictor.load(folder / name)


@pytest.fixture(scope="module")
def stroke(folder):
    return predictor.load(folder / "stroke")

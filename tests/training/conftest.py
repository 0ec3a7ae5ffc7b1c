from pathlib import Path

import pytest
import torch

from tests.support.training.made_up import STROKE, stroke_records, write_csv
from tests.support.training.runs import quickly_trained
from training.data.dataset import read_data
from training.publication.publish import publish
from training.recipes.iris import PRODUCTION as IRIS_PRODUCTION
from training.recipes.iris import builtin_data
from training.recipes.stroke import PRODUCTION as STROKE_PRODUCTION


@pytest.fixture(autouse=True, scope="session")
def _one_thread():
    # As in the command, so that sums are computed in the same order on every machine.
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def made_up_csv(tmp_path_factory) -> Path:
    return write_csv(tmp_path_factory.mktemp("data") / "people.csv", stroke_records())


@pytest.fixture(scope="session")
def trained_iris():
    return quickly_trained(IRIS_PRODUCTION, builtin_data())


@pytest.fixture(scope="session")
def trained_stroke(made_up_csv):
    return quickly_trained(STROKE_PRODUCTION, read_data(made_up_csv, STROKE))


@pytest.fixture
def models(trained_iris, tmp_path) -> Path:
    """Give a folder of models with version 1 of iris."""
    folder = tmp_path / "models"
    publish(trained_iris, folder)
    return folder

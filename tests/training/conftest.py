from pathlib import Path

import pytest
import torch

from tests.training.made_up import stroke_records, write_csv


@pytest.fixture(autouse=True, scope="session")
def _one_thread():
    # As the command does: the same sums in the same order on every machine.
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def made_up_csv(tmp_path_factory) -> Path:
    return write_csv(tmp_path_factory.mktemp("data") / "people.csv", stroke_records())

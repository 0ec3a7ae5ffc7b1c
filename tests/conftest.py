import os
import signal
from pathlib import Path

import pytest

HOW_TO_GET_IT = (
    "set STROKE_CSV to healthcare-dataset-stroke-data.csv, the Stroke Prediction Dataset that fedesoriano "
    "published on Kaggle"
)

# A shell has what it starts in the background ignore Ctrl-C, and so would every process of the tests.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def stroke_csv() -> Path:
    path = os.environ.get("STROKE_CSV")
    if not path:
        pytest.skip(HOW_TO_GET_IT)
    return Path(path)

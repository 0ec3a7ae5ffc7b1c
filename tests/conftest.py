import os
import signal
from pathlib import Path

import pytest

WITHOUT_STROKE_CSV = (
    "set STROKE_CSV to healthcare-dataset-stroke-data.csv, the Stroke Prediction Dataset that fedesoriano "
    "published on Kaggle"
)

# A shell makes background jobs ignore Ctrl-C; the processes that the tests start would inherit this.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def stroke_csv() -> Path:
    path = os.environ.get("STROKE_CSV")
    if not path:
        pytest.skip(WITHOUT_STROKE_CSV)
    return Path(path)


@pytest.fixture(autouse=True)
def _no_settings_from_the_environment(monkeypatch):
    for name in _settings_in_the_environment():
        monkeypatch.delenv(name)


def _settings_in_the_environment() -> list[str]:
    return [name for name in os.environ if name.startswith("APP_")]


# The modules of the tests look for tasks when they are imported.
for _name in _settings_in_the_environment():
    del os.environ[_name]

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

AUDITED_PROGRAM = """
import sys
FORBIDDEN = {"joblib", "matplotlib", "pandas", "scipy", "sklearn", "torch"}

def audit(event, arguments):
    if event == "pickle.find_class":
        raise SystemExit("something was unpickled")
    if event == "import" and arguments[0].partition(".")[0] in FORBIDDEN:
        raise SystemExit(f"{arguments[0]} was imported")

sys.addaudithook(audit)

import json
from app.main import app
from starlette.testclient import TestClient
from tests.support.payloads import TASKS, row_of

client = TestClient(app)
for task in TASKS:
    assert client.post(f"/predict/{task}", json=row_of(task)).status_code == 200
    batch = {"instances": [row_of(task)]}
    assert client.post(f"/predict/{task}/batch", json=batch).status_code == 200
    assert client.get(f"/models/{task}").status_code == 200
assert client.get("/docs").status_code == client.get("/openapi.json").status_code == 200
assert not FORBIDDEN & set(sys.modules)
assert "fastapi_swagger" not in sys.modules
assert "pydantic.v1.fields" not in sys.modules  # FastAPI's import of it would slow the start
"""


def test_the_server_imports_nothing_of_training_and_unpickles_nothing(models):
    ended = subprocess.run(
        [sys.executable, "-c", AUDITED_PROGRAM],
        cwd=ROOT,
        env={**os.environ, "APP_MODELS_DIR": str(models)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (ended.returncode, ended.stderr) == (0, "")

"""The application that `uvicorn app.main:app` and `python -m app` serve."""

import gc
import sys

from app.application import create_app
from app.lifecycle import exit_on_startup_error, exit_with_parent
from app.settings import read_settings

# FastAPI checks every annotation for pydantic 1, and would import all of it for that. Without this module
# the checks are skipped.
sys.modules.setdefault("pydantic.v1", None)  # type: ignore[arg-type]

exit_with_parent()

with exit_on_startup_error():
    app = create_app(read_settings())

# Garbage collection ignores everything created so far, since it stays until the process ends.
gc.freeze()

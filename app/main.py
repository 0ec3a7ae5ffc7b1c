"""The application that `uvicorn app.main:app` and `python -m app` serve."""

import gc
import sys

from app.application import create_app
from app.lifecycle import exit_on_startup_error, exit_with_parent
from app.settings import read_settings

# FastAPI asks of every annotation whether it is one of pydantic 1, and loads all of that to find out;
# where it is not there, the answer is no.
sys.modules.setdefault("pydantic.v1", None)  # type: ignore[arg-type]

exit_with_parent()

with exit_on_startup_error():
    app = create_app(read_settings())

# From here on only what requests leave behind is looked through.
gc.freeze()

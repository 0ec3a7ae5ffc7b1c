"""Serves trained models over HTTP, with the predictions of `predictor`; no other package imports it."""

import gc
import os
from importlib import import_module

import pydantic

# The arithmetic of one row is too small for several threads; APP_WORKERS uses more cores. BLAS reads these
# variables when numpy is imported, so they are set before any other import. They replace what the shell
# or the image has set, because that is meant for other programs.
os.environ |= dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"), "1")

# The start creates many objects that stay, and a batch many that are freed together. Python's default
# threshold of some hundred objects would spend a tenth of the time of both on garbage collection.
gc.set_threshold(50_000)

# FastAPI's import builds a pydantic model for each part of OpenAPI, but few requests need them. Building
# them at their first use saves a ninth of the start.
pydantic.BaseModel.model_config["defer_build"] = True
import_module("fastapi.openapi.models")
del pydantic.BaseModel.model_config["defer_build"]

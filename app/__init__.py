"""How a trained model is asked: an HTTP server over `predictor`."""

import gc
import os
from importlib import import_module

import pydantic

# One row's arithmetic is far too small to share among threads: who wants more cores used sets
# APP_WORKERS. BLAS reads these when numpy is imported, so they stand here, before anything can import
# it, and they are assigned, for what a shell or an image asks of BLAS is not meant for this server.
os.environ |= dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"), "1")

# A start makes very many objects that all stay, and a batch very many that all go when it is answered.
# Looking for rubbish among them every few hundred, as Python does, would be a tenth of either's time.
gc.set_threshold(50_000)

# FastAPI makes every part of OpenAPI a pydantic model when it is imported, and few requests ask for
# the document. So these are built when they are first used, which saves a ninth of the start.
pydantic.BaseModel.model_config["defer_build"] = True
import_module("fastapi.openapi.models")
del pydantic.BaseModel.model_config["defer_build"]

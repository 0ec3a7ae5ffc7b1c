"""How a trained model is asked: an HTTP server over `predictor`."""

import os

# One row's arithmetic is far too small to share among threads. BLAS reads these when numpy is
# imported, so they stand here, before anything can import it.
for _variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")

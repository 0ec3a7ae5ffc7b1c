"""One row a request, against others that serve the same model."""

import math
import sys
from collections.abc import Callable

from benchmarks.form import Form
from benchmarks.launch import contenders
from benchmarks.launch.servers import Contender, Server, running
from benchmarks.launch.versions import describe_elsewhere
from benchmarks.measurement.machine import cores
from benchmarks.measurement.tables import table
from benchmarks.parts.requests import HEAD, compare
from benchmarks.trouble import Unavailable

GOALS = {
    "LitServe, lowered": "8",
    "BentoML, lowered": "12",
    "MLServer, lowered": "22",
    "FastAPI + pandas + ColumnTransformer + torch": "45",
}
ENVIRONMENTS = {name: (name,) for name in ("litserve", "bentoml", "mlserver", "ray")}
# The pipeline computes in float32.
TOLERANCE = 1e-6


def measure_peers(form: Form) -> str:
    """Compare with each peer by itself, for some are busy even when nobody asks them."""
    first, _ = cores()
    rows: list[list[str]] = []
    records: list[str] = []
    with running(contenders.ours(), [first]) as here:
        for name, make in contenders.PEERS.items():
            sys.stderr.write(f"  {name} ...\n")
            try:
                rows += _measure_peer(make, here, form.for_many())
            except Unavailable as trouble:
                records.append(f"{name}: not measured: {trouble}.")
    return "\n\n".join([table(HEAD, rows), *records, describe_elsewhere(ENVIRONMENTS)])


def _measure_peer(make: Callable[[], Contender], here: Server, form: Form) -> list[list[str]]:
    first, _ = cores()
    with running(make(), [first]) as peer:
        check_same_answer(here, peer)
        return compare([here, peer], form, GOALS)


def check_same_answer(here: Server, peer: Server) -> None:
    """Make sure that both serve the same model; Unavailable if their answers differ."""
    ours, theirs = here.probability(), peer.probability()
    if not math.isclose(ours, theirs, abs_tol=TOLERANCE):
        raise Unavailable(f"{peer.contender.name} answers {theirs}, and we answer {ours}")

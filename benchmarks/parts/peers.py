"""One row a request, against peers that serve the same model."""

import math
import sys
from collections.abc import Callable

from benchmarks.errors import Unavailable
from benchmarks.launch import specs
from benchmarks.launch.servers import Server, ServerSpec, running
from benchmarks.launch.versions import describe_environments
from benchmarks.measurement.machine import cores
from benchmarks.measurement.tables import table
from benchmarks.parts.requests import HEADER, compare
from benchmarks.run_length import RunLength

GOALS = {
    "LitServe, exported model": "8",
    "BentoML, exported model": "12",
    "MLServer, exported model": "22",
    "FastAPI + pandas + ColumnTransformer + torch": "45",
}
ENVIRONMENTS = {name: (name,) for name in ("litserve", "bentoml", "mlserver", "ray")}
# The pipeline computes in float32.
TOLERANCE = 1e-6


def measure_peers(length: RunLength) -> str:
    """Compare with one peer at a time, because some peers use the processor without requests, too."""
    first, _ = cores()
    rows: list[list[str]] = []
    not_measured: list[str] = []
    with running(specs.ours(), [first]) as ours:
        for name, make_spec in specs.PEERS.items():
            sys.stderr.write(f"  {name} ...\n")
            try:
                rows += _measure_peer(make_spec, ours, length.for_many_comparisons())
            except Unavailable as error:
                not_measured.append(f"{name}: not measured: {error}.")
    return "\n\n".join([table(HEADER, rows), *not_measured, describe_environments(ENVIRONMENTS)])


def _measure_peer(make_spec: Callable[[], ServerSpec], ours: Server, length: RunLength) -> list[list[str]]:
    first, _ = cores()
    with running(make_spec(), [first]) as peer:
        check_same_probability(ours, peer)
        return compare([ours, peer], length, GOALS)


def check_same_probability(ours: Server, peer: Server) -> None:
    """Raise Unavailable if a peer returns another probability than this service."""
    our_probability, its_probability = ours.probability(), peer.probability()
    if not math.isclose(our_probability, its_probability, abs_tol=TOLERANCE):
        raise Unavailable(
            f"{peer.spec.name} returns {its_probability}, and this service returns {our_probability}"
        )

"""The parts of the stress test: each gives some figures."""

from collections.abc import Callable, Sequence

from tests.stress.figure import Figure, Form
from tests.stress.interruption import interrupt_writes
from tests.stress.parts.damage import damage_artefacts
from tests.stress.parts.hostile import send_hostile_requests
from tests.stress.parts.kills import kill_workers
from tests.stress.parts.metrics import weigh_metrics
from tests.stress.parts.overload import overload
from tests.stress.parts.reloads import reload_under_load
from tests.stress.parts.schema import follow_schema
from tests.stress.parts.slow import hold_slow_sockets
from tests.stress.parts.soak import soak
from tests.stress.parts.termination import terminate

PARTS: dict[str, Callable[[Form], Sequence[Figure]]] = {
    "hostile": send_hostile_requests,
    "schema": follow_schema,
    "slow": hold_slow_sockets,
    "termination": terminate,
    "kills": kill_workers,
    "reloads": reload_under_load,
    "overload": overload,
    "interruption": interrupt_writes,
    "damage": damage_artefacts,
    "soak": soak,
    "metrics": weigh_metrics,
}

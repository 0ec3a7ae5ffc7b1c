"""The parts of the torture: each gives some figures."""

from collections.abc import Callable, Sequence

from tests.torture.damage import damage_artefacts
from tests.torture.figure import Figure, Form
from tests.torture.hostile import send_hostile_requests
from tests.torture.interruption import interrupt_writes
from tests.torture.kills import kill_workers
from tests.torture.metrics import weigh_metrics
from tests.torture.overload import overload
from tests.torture.reloads import reload_under_load
from tests.torture.schema import follow_schema
from tests.torture.slow import hold_slow_sockets
from tests.torture.soak import soak
from tests.torture.termination import terminate

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

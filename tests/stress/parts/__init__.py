"""The parts of the stress test: each takes a profile and gives results."""

from collections.abc import Callable, Sequence

from tests.stress.interruption import interrupt_writes
from tests.stress.parts.damage import damage_artefacts
from tests.stress.parts.hostile import send_hostile_requests
from tests.stress.parts.kills import kill_workers
from tests.stress.parts.metrics import measure_cost_of_metrics
from tests.stress.parts.overload import overload_server
from tests.stress.parts.reloads import reload_under_load
from tests.stress.parts.schema import run_schemathesis
from tests.stress.parts.slow import hold_slow_connections
from tests.stress.parts.soak import soak_server
from tests.stress.parts.termination import terminate_under_load
from tests.stress.profile import Profile
from tests.stress.result import Result

PARTS: dict[str, Callable[[Profile], Sequence[Result]]] = {
    "hostile": send_hostile_requests,
    "schema": run_schemathesis,
    "slow": hold_slow_connections,
    "termination": terminate_under_load,
    "kills": kill_workers,
    "reloads": reload_under_load,
    "overload": overload_server,
    "interruption": interrupt_writes,
    "damage": damage_artefacts,
    "soak": soak_server,
    "metrics": measure_cost_of_metrics,
}

"""The memory of servers before and after many requests, of one process and of several."""

import time

from benchmarks.form import Form
from benchmarks.launch import contenders
from benchmarks.launch.processes import Memory, check_scales, read_command, weigh
from benchmarks.launch.servers import Contender, Server, running
from benchmarks.measurement.load import press
from benchmarks.measurement.machine import cores
from benchmarks.measurement.tables import number, table

GOAL = "80 MB"
HEAD = ["process", "MB when ready: RSS", "PSS", "after: RSS", "PSS", "requests", "goal"]
CONNECTIONS = 16
BURST_SECONDS = 5
WORKERS = 2

WORKER, SUPERVISOR = "a worker", "the supervisor"
# What stands in the command line of the processes that Python's multiprocessing starts.
ROLES = {"spawn_main": WORKER, "resource_tracker": "Python's resource tracker"}


def measure_memory(form: Form) -> str:
    """Weigh our server and the pipeline's, and each process of ours with two workers."""
    check_scales()
    asked = (
        (contenders.ours(), form.requests_before_memory),
        (contenders.pipeline(), form.pipeline_requests_before_memory),
        (contenders.ours(WORKERS), form.requests_before_memory),
    )
    rows = [row for contender, requests in asked for row in _measure_server(contender, requests, form)]
    return table(HEAD, rows)


def _measure_server(contender: Contender, requests: int, form: Form) -> list[list[str]]:
    first, _ = cores()
    with running(contender, [first]) as server:
        before = _weigh_ready(server)
        answered = _ask(server, requests, form.memory_seconds)
        weights = [(_name(process, server), weigh(process)) for process in server.processes()]
    return [
        [name, *_cells(before), *_cells(memory), f"{answered:,}", GOAL if _is_ours(name) else ""]
        for name, memory in weights
    ]


def _weigh_ready(server: Server) -> Memory | None:
    # A server with several workers is ready with the first of them, and another may just have begun.
    processes = server.processes()
    return weigh(processes[0]) if len(processes) == 1 else None


def _ask(server: Server, requests: int, seconds: float) -> int:
    """Make so many requests, or fewer where the time is up."""
    _, second = cores()
    body, deadline = server.contender.body(), time.monotonic() + seconds
    answered = 0
    while answered < requests and time.monotonic() < deadline:
        answered += press(server.url, body, CONNECTIONS, BURST_SECONDS, [second]).requests
    return answered


def _name(process: int, server: Server) -> str:
    name = server.contender.name
    if len(server.processes()) == 1:
        return name
    command = read_command(process)
    return f"{name}: {next((role for part, role in ROLES.items() if part in command), SUPERVISOR)}"


def _is_ours(name: str) -> bool:
    return name == contenders.ours().name or name.endswith(WORKER)


def _cells(memory: Memory | None) -> list[str]:
    return [number(memory.resident_mb), number(memory.share_mb)] if memory else ["", ""]

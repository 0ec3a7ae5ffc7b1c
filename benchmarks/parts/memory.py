"""The memory of a server before and after many requests, with one process and with several."""

import time

from benchmarks.launch import specs
from benchmarks.launch.processes import Memory, check_memory_readable, read_command, read_memory
from benchmarks.launch.servers import Server, ServerSpec, running
from benchmarks.measurement.load import run_load
from benchmarks.measurement.machine import cores
from benchmarks.measurement.tables import number, table
from benchmarks.run_length import RunLength

GOAL = "80 MB"
HEADER = ["process", "MB when ready: RSS", "PSS", "after: RSS", "PSS", "requests", "goal"]
CONNECTIONS = 16
BURST_SECONDS = 5
WORKERS = 2

WORKER, SUPERVISOR = "a worker", "the supervisor"
# The command lines of the processes that Python's multiprocessing starts contain these names.
ROLES = {"spawn_main": WORKER, "resource_tracker": "Python's resource tracker"}


def measure_memory(length: RunLength) -> str:
    """Measure this service, the server of the pipeline, and each process of this service with two workers."""
    check_memory_readable()
    measured = (
        (specs.ours(), length.requests_before_memory),
        (specs.pipeline(), length.pipeline_requests_before_memory),
        (specs.ours(WORKERS), length.requests_before_memory),
    )
    rows = [row for spec, requests in measured for row in _measure_server(spec, requests, length)]
    return table(HEADER, rows)


def _measure_server(spec: ServerSpec, requests: int, length: RunLength) -> list[list[str]]:
    first, _ = cores()
    with running(spec, [first]) as server:
        before = _memory_when_ready(server)
        answered = _send_requests(server, requests, length.memory_seconds)
        after = [(_name(process, server), read_memory(process)) for process in server.processes()]
    return [
        [name, *_cells(before), *_cells(memory), f"{answered:,}", GOAL if _has_goal(name) else ""]
        for name, memory in after
    ]


def _memory_when_ready(server: Server) -> Memory | None:
    # A server with several workers is ready as soon as its first worker is; the others may not be.
    processes = server.processes()
    return read_memory(processes[0]) if len(processes) == 1 else None


def _send_requests(server: Server, requests: int, max_seconds: float) -> int:
    """Send at least `requests` requests, or fewer if `max_seconds` have passed; return their number."""
    _, second = cores()
    body, deadline = server.spec.body(), time.monotonic() + max_seconds
    answered = 0
    while answered < requests and time.monotonic() < deadline:
        answered += run_load(server.url, body, CONNECTIONS, BURST_SECONDS, [second]).requests
    return answered


def _name(process: int, server: Server) -> str:
    name = server.spec.name
    if len(server.processes()) == 1:
        return name
    command = read_command(process)
    return f"{name}: {next((role for text, role in ROLES.items() if text in command), SUPERVISOR)}"


def _has_goal(name: str) -> bool:
    return name == specs.ours().name or name.endswith(WORKER)


def _cells(memory: Memory | None) -> list[str]:
    return [number(memory.rss_mb), number(memory.pss_mb)] if memory else ["", ""]

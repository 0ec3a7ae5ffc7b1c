"""Everything at once for some minutes: nothing in the process may grow."""

import time
from pathlib import Path

from tests.stress.figure import Figure
from tests.stress.load import Clients, Load, written
from tests.stress.shipped import MODELS
from tests.support.payloads import TASKS, row_of
from tests.support.requests.raw_post import Post
from tests.support.servers.processes import free_port, running
from tests.support.servers.raw_socket import connect

MOST_GROWTH_KB = 1024
SAMPLE_SECONDS = 1
QUIET_SECONDS = 2

PREDICT = (
    *(written(task, row_of(task)) for task in TASKS),
    *(written(task, row_of(task), path="/batch", rows=20) for task in TASKS),
)
READ = tuple(
    Post(path.encode(), b"", method=b"GET").written()
    for path in ["/health/live", "/health/ready", "/metrics", "/models", "/models/iris", "/nowhere"]
)
REFUSED = (
    Post(b"/predict/iris", b"{}").written(),
    Post(b"/predict/iris", b"{}", type=(b"Content-Type: text/plain",)).written(),
    Post(b"/predict/iris", b"[" * 500).written(),
    Post(b"/predict/iris?threshold=2", b"{}").written(),
)
GROUPS = (
    Clients(PREDICT, 2),
    Clients(PREDICT, 1, keeps=False, pause_seconds=0.01),
    Clients(READ, 1, pause_seconds=0.01),
    Clients(REFUSED, 1, pause_seconds=0.01),
)


def soak(form):
    """Warm up, look, go on for some minutes, and look again."""
    port = free_port()
    with running(MODELS, port, APP_RELOAD_SECONDS="1") as server:
        press(server, port, form.warm_up_seconds)
        before = counts_in(server)
        sent, resident = press(server, port, form.soak_seconds)
        after = counts_in(server)
    growth_kb = max(resident) - resident[0]
    return [
        Figure(
            f"resident memory in {form.soak_seconds:.0f} s",
            "flat within 1 MB",
            f"{growth_kb / 1024:+.2f} MB from {resident[0] / 1024:.1f} MB at most, {sent:,} requests",
            growth_kb <= MOST_GROWTH_KB,
        ),
        Figure("descriptors and threads", "constant", f"{before} before, {after} after", before == after),
    ]


def press(server, port, seconds):
    """Load the server; give the number of requests, and its memory in kB at every sample."""
    resident, until = [], time.monotonic() + seconds
    with Load(port, *GROUPS) as load:
        while time.monotonic() < until:
            give_up_halfway(port)
            time.sleep(SAMPLE_SECONDS)
            resident.append(status_of(server, "VmRSS"))
    assert set(load.seconds) <= {200, 404, 415, 422}, f"statuses {sorted(load.seconds)}"
    assert not load.lost, load.lost[:3]
    time.sleep(QUIET_SECONDS)
    return load.sent, resident


def give_up_halfway(port):
    """Be a client that leaves in the midst of its request."""
    with connect(port) as client:
        client.sendall(PREDICT[0][:150])


def counts_in(server):
    descriptors = list(Path(f"/proc/{server.pid}/fd").iterdir())
    return f"{len(descriptors)} and {status_of(server, 'Threads')}"


def status_of(server, name):
    lines = Path(f"/proc/{server.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))

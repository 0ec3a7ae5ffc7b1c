"""All kinds of requests for some minutes: memory, open files and threads must not grow."""

import time
from pathlib import Path

from tests.stress.load import Clients, Load, predict_request
from tests.stress.result import Result
from tests.support.payloads import TASKS, row_of
from tests.support.repository import MODELS
from tests.support.requests.raw_post import Post
from tests.support.servers.processes import free_port, running
from tests.support.servers.raw_socket import connect

MAX_GROWTH_KB = 1024
SAMPLE_SECONDS = 1
IDLE_SECONDS = 2
COUNTS, COUNT_PAUSE_SECONDS = 10, 0.05

PREDICT = (
    *(predict_request(task, row_of(task)) for task in TASKS),
    *(predict_request(task, row_of(task), path="/batch", rows=20) for task in TASKS),
)
READ = tuple(
    Post(path.encode(), b"", method=b"GET").written()
    for path in ["/health/live", "/health/ready", "/metrics", "/models", "/models/iris", "/nowhere"]
)
INVALID = (
    Post(b"/predict/iris", b"{}").written(),
    Post(b"/predict/iris", b"{}", type=(b"Content-Type: text/plain",)).written(),
    Post(b"/predict/iris", b"[" * 500).written(),
    Post(b"/predict/iris?threshold=2", b"{}").written(),
)
GROUPS = (
    Clients(PREDICT, 2),
    Clients(PREDICT, 1, keep_alive=False, pause_seconds=0.01),
    Clients(READ, 1, pause_seconds=0.01),
    Clients(INVALID, 1, pause_seconds=0.01),
)


def soak_server(profile):
    """Compare the resources after a warm-up with the resources after some minutes of load."""
    port = free_port()
    with running(MODELS, port, APP_RELOAD_SECONDS="1") as server:
        run_load(server, port, profile.warm_up_seconds)
        before = count_resources(server)
        sent, resident_kb = run_load(server, port, profile.soak_seconds)
        after = count_resources(server)
    growth_kb = max(resident_kb) - resident_kb[0]
    return [
        Result(
            f"growth of resident memory in {profile.soak_seconds:.0f} s",
            "at most 1 MB",
            f"{growth_kb / 1024:+.2f} MB from {resident_kb[0] / 1024:.1f} MB, {sent:,} requests",
            growth_kb <= MAX_GROWTH_KB,
        ),
        Result(
            "file descriptors and threads", "constant", f"{before} before, {after} after", before == after
        ),
    ]


def run_load(server, port, seconds):
    """Give the number of requests, and the resident memory in kB at every sample."""
    resident_kb, until = [], time.monotonic() + seconds
    with Load(port, *GROUPS) as load:
        while time.monotonic() < until:
            send_incomplete_request(port)
            time.sleep(SAMPLE_SECONDS)
            resident_kb.append(read_status(server, "VmRSS"))
    assert set(load.seconds) <= {200, 404, 415, 422}, f"statuses {sorted(load.seconds)}"
    assert not load.lost, load.lost[:3]
    time.sleep(IDLE_SECONDS)
    return load.sent, resident_kb


def send_incomplete_request(port):
    """Disconnect in the middle of a request."""
    with connect(port) as client:
        client.sendall(PREDICT[0][:150])


def count_resources(server):
    """Count the descriptors and threads of an idle moment: the search for new versions opens folders."""
    descriptors = []
    for _ in range(COUNTS):
        descriptors.append(len(list(Path(f"/proc/{server.pid}/fd").iterdir())))
        time.sleep(COUNT_PAUSE_SECONDS)
    return f"{min(descriptors)} and {read_status(server, 'Threads')}"


def read_status(server, name):
    lines = Path(f"/proc/{server.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))

"""Two hundred slow clients beside a normal one."""

import select
import statistics
import time

from tests.stress.background import Background
from tests.stress.load import Clients, Load, predict_request
from tests.stress.pinned_server import running_pinned
from tests.stress.result import Result, compare_maximum, p99
from tests.support.payloads import row_of
from tests.support.requests.raw_post import Post
from tests.support.servers.raw_socket import connect

SOCKETS = 200
DRIP_SECONDS = 0.25
MAX_RATIO = 2
# The server closes connections that are silent or stay in the head after half of the timeout, so the
# measurement ends before that.
MEASURED_SHARE = 0.4

REQUEST = Post(b"/predict/iris", b"x" * 500).written()
PART_OF_HEAD, PART_OF_BODY = REQUEST[:40], REQUEST[: REQUEST.index(b"\r\n\r\n") + 8]
# What a client sends at the start, and the byte that it then repeats slowly.
KINDS = [(b"", b""), (PART_OF_HEAD, b""), (PART_OF_HEAD, b"a"), (PART_OF_BODY, b""), (PART_OF_BODY, b"x")]


class SlowClients(Background):
    """Keeps its sockets open until the server closes them; `seconds` has how long each was open."""

    def __init__(self, port):
        super().__init__()
        self.seconds = []
        self._started = time.monotonic()
        self._sockets = {}
        for number in range(SOCKETS):
            start, drip = KINDS[number % len(KINDS)]
            client = connect(port)
            client.sendall(start)
            self._sockets[client.fileno()] = (client, time.monotonic(), drip)

    def __exit__(self, *error):
        super().__exit__(*error)
        for client, *_ in self._sockets.values():
            client.close()

    def wait(self, seconds):
        """Wait until all sockets are closed, at most this long after the first was opened."""
        self.thread.join(max(0, self._started + seconds - time.monotonic()))

    def work(self):
        """Send one byte at a time until all sockets are closed."""
        due = 0.0
        while self._sockets and not self.stopped.is_set():
            readable, *_ = select.select(list(self._sockets), [], [], DRIP_SECONDS)
            for number in readable:
                self._receive(number)
            if time.monotonic() >= due:
                due = time.monotonic() + DRIP_SECONDS
                for number in list(self._sockets):
                    self._send_drip(number)

    def _receive(self, number):
        client, opened, _ = self._sockets[number]
        try:
            received = client.recv(4096)
        except ConnectionError:
            received = b""
        if not received:
            self._close(number, client, opened)

    def _send_drip(self, number):
        client, opened, drip = self._sockets[number]
        try:
            client.sendall(drip)
        except ConnectionError:
            self._close(number, client, opened)

    def _close(self, number, client, opened):
        self.seconds.append(time.monotonic() - opened)
        del self._sockets[number]
        client.close()


def hold_slow_connections(profile):
    """Measure a normal client alternately with and without slow clients."""
    alone, beside, open_seconds, wait = measure_alternately(profile.timeout_seconds, profile.slow_rounds)
    ratio = statistics.median(beside) / statistics.median(alone)
    closed, opened = len(open_seconds), profile.slow_rounds * SOCKETS
    return [
        Result(
            f"p99 beside {SOCKETS} slow connections",
            f"less than {MAX_RATIO} times the p99 without them",
            f"{ratio:.2f} times ({1e3 * statistics.median(alone):.2f} ms without them); {wait}",
            ratio < MAX_RATIO,
            is_timed=True,
        ),
        Result("slow connections closed by the server", "all", f"{closed} of {opened}", closed == opened),
        compare_maximum(
            "time until a slow connection is closed", open_seconds or [float("inf")], profile.timeout_seconds
        ),
    ]


def measure_alternately(timeout_seconds, rounds):
    """Give the p99s alone and beside slow clients, their connections' times, and the server's wait."""
    alone, beside, open_seconds = [], [], []
    with running_pinned(APP_REQUEST_TIMEOUT_SECONDS=str(timeout_seconds)) as server:
        seconds = MEASURED_SHARE * timeout_seconds
        measure_p99(server.port, seconds)
        for _ in range(rounds):
            alone.append(measure_p99(server.port, seconds))
            with SlowClients(server.port) as slow:
                beside.append(measure_p99(server.port, seconds))
                slow.wait(timeout_seconds + 1)
            open_seconds += slow.seconds
        return alone, beside, open_seconds, server.describe_wait()


def measure_p99(port, seconds):
    with Load(port, Clients((predict_request("iris", row_of("iris")),), 1)) as load:
        time.sleep(seconds)
    return p99(load.seconds[200])

"""Two hundred clients that take for ever, beside one that does not."""

import select
import statistics
import time

from tests.stress.background import Background
from tests.stress.figure import Figure, longest, p99
from tests.stress.load import Clients, Load, written
from tests.stress.shipped import running_apart
from tests.support.payloads import row_of
from tests.support.requests.raw_post import Post
from tests.support.servers.raw_socket import connect

SOCKETS = 200
DRIP_SECONDS = 0.25
MOST_TIMES_THE_BASELINE = 2
# Silent ones and those that stay in the head are let go first, after half of the time.
SHARE_MEASURED = 0.4

WHOLE = Post(b"/predict/iris", b"x" * 500).written()
IN_THE_HEAD, IN_THE_BODY = WHOLE[:40], WHOLE[: WHOLE.index(b"\r\n\r\n") + 8]
# What is sent at once, and what then comes drop by drop.
KINDS = [(b"", b""), (IN_THE_HEAD, b""), (IN_THE_HEAD, b"a"), (IN_THE_BODY, b""), (IN_THE_BODY, b"x")]


class SlowClients(Background):
    """Holds its sockets until the server has closed them all; `seconds` has how long each was held."""

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

    def __exit__(self, *trouble):
        super().__exit__(*trouble)
        for client, *_ in self._sockets.values():
            client.close()

    def wait(self, seconds):
        """Wait until all are closed, or so many seconds are over since the first was opened."""
        self.thread.join(max(0, self._started + seconds - time.monotonic()))

    def work(self):
        """Send a drop at a time, until all are closed."""
        due = 0.0
        while self._sockets and not self.ended.is_set():
            readable, *_ = select.select(list(self._sockets), [], [], DRIP_SECONDS)
            for number in readable:
                self._listen(number)
            if time.monotonic() >= due:
                due = time.monotonic() + DRIP_SECONDS
                for number in list(self._sockets):
                    self._send_drop(number)

    def _listen(self, number):
        client, opened, _ = self._sockets[number]
        try:
            said = client.recv(4096)
        except ConnectionError:
            said = b""
        if not said:
            self._let_go(number, client, opened)

    def _send_drop(self, number):
        client, opened, drip = self._sockets[number]
        try:
            client.sendall(drip)
        except ConnectionError:
            self._let_go(number, client, opened)

    def _let_go(self, number, client, opened):
        self.seconds.append(time.monotonic() - opened)
        del self._sockets[number]
        client.close()


def hold_slow_sockets(form):
    """Measure in turns with and without them."""
    without, beside, held, disturbance = measure_in_turns(form.timeout_seconds, form.slow_rounds)
    ratio = statistics.median(beside) / statistics.median(without)
    closed, all_of_them = len(held), form.slow_rounds * SOCKETS
    return [
        Figure(
            f"p99 beside {SOCKETS} slow sockets",
            f"under {MOST_TIMES_THE_BASELINE} times its baseline",
            f"{ratio:.2f} times ({1e3 * statistics.median(without):.2f} ms alone); {disturbance}",
            ratio < MOST_TIMES_THE_BASELINE,
            is_timed=True,
        ),
        Figure(
            "slow sockets let go",
            "all",
            f"{closed} of {all_of_them}",
            closed == all_of_them,
        ),
        longest("letting them go", held or [float("inf")], form.timeout_seconds),
    ]


def measure_in_turns(timeout_seconds, rounds):
    """Give the p99s alone and beside slow clients, how long those were held, and what disturbed it all."""
    without, beside, held = [], [], []
    with running_apart(APP_REQUEST_TIMEOUT_SECONDS=str(timeout_seconds)) as server:
        seconds = SHARE_MEASURED * timeout_seconds
        measure_p99(server.port, seconds)
        for _ in range(rounds):
            without.append(measure_p99(server.port, seconds))
            with SlowClients(server.port) as slow:
                beside.append(measure_p99(server.port, seconds))
                slow.wait(timeout_seconds + 1)
            held += slow.seconds
        return without, beside, held, server.disturbance()


def measure_p99(port, seconds):
    with Load(port, Clients((written("iris", row_of("iris")),), 1)) as load:
        time.sleep(seconds)
    return p99(load.seconds[200])

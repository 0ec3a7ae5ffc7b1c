"""Clients that send requests in a loop, from one event loop in a thread, and the outcome of each request."""

import asyncio
import json
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from time import perf_counter

import uvloop

from tests.stress.background import Background
from tests.support.requests.raw_post import Post
from tests.support.servers.processes import HOST

CONNECT_SECONDS = 5
RETRY_SECONDS = 0.01


def predict_request(task, row, *, path="", rows=0):
    """Give the bytes of a request for one row, or for a batch that repeats the row."""
    body = {"instances": [row] * rows} if rows else row
    return Post(f"/predict/{task}{path}".encode(), json.dumps(body).encode()).written()


@dataclass(frozen=True)
class Clients:
    """A group of clients: each sends the requests in turn, and pauses after every response.

    Without `keep_alive` every request has a new connection.
    """

    requests: tuple[bytes, ...]
    number: int = 4
    keep_alive: bool = True
    pause_seconds: float = 0


class Load(Background):
    """Puts a server under load inside a `with` block, and counts the outcomes.

    `seconds` has the response times by status, from the first byte of the request to the last byte of the
    response. `lost` has a text for every request without a complete response. A refused connection is not
    a request, and neither is a connection that the server closes while it is idle.
    """

    def __init__(self, port, *groups):
        super().__init__()
        self.seconds: dict[int, list[float]] = {}
        self.seconds_by_group: dict[Clients, dict[int, list[float]]] = {group: {} for group in groups}
        self.lost = []
        self.refused = 0
        self.answered = 0
        # The number of equal bodies with status 200, by the hash of the body.
        self.bodies: Counter[int] = Counter()
        self.port = port
        self._groups = groups

    def record(self, group, status, seconds, body):
        self.answered += 1
        for times in (self.seconds, self.seconds_by_group[group]):
            times.setdefault(status, []).append(seconds)
        if status == 200:
            self.bodies[hash(body)] += 1

    @property
    def sent(self):
        """The number of requests that were sent."""
        return self.answered + len(self.lost)

    def work(self):
        """Run the clients until `stopped` is set."""
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(self._run_clients())

    async def _run_clients(self):
        clients = [self._run_client(group) for group in self._groups for _ in range(group.number)]
        await asyncio.gather(*clients)

    async def _run_client(self, group):
        numbers = count()
        loop = asyncio.get_running_loop()
        while not self.stopped.is_set():
            try:
                connecting = loop.create_connection(
                    lambda: ClientConnection(self, group, numbers), HOST, self.port
                )
                _, connection = await asyncio.wait_for(connecting, CONNECT_SECONDS)
            except (OSError, TimeoutError):
                self.refused += 1
                await asyncio.sleep(RETRY_SECONDS)
                continue
            await connection.closed


class ClientConnection(asyncio.Protocol):
    """One connection of a client."""

    def __init__(self, load, group, numbers):
        self._load = load
        self._group = group
        self._numbers = numbers
        self._received = b""
        self._sent_at: float | None = None
        self.closed = asyncio.get_running_loop().create_future()

    def connection_made(self, transport):
        self._transport = transport
        self._send()

    def _send(self):
        if self._load.stopped.is_set() or self._transport.is_closing():
            self._transport.close()
            return
        requests = self._group.requests
        self._received, self._sent_at = b"", perf_counter()
        self._transport.write(requests[next(self._numbers) % len(requests)])

    def data_received(self, data):
        if self._sent_at is None:
            return
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        if not end:
            return
        headers = dict(line.split(b": ", 1) for line in head.lower().split(b"\r\n")[1:])
        if len(body) < int(headers[b"content-length"]):
            return
        seconds = perf_counter() - self._sent_at
        self._load.record(self._group, int(head.split()[1]), seconds, body)
        self._sent_at = None
        if headers.get(b"connection") == b"close" or not self._group.keep_alive:
            self._transport.close()
        elif self._group.pause_seconds:
            asyncio.get_running_loop().call_later(self._group.pause_seconds, self._send)
        else:
            self._send()

    def connection_lost(self, error):
        if self._sent_at is not None:
            received = "an incomplete response" if self._received else "no response"
            self._load.lost.append(f"{received}: {error!r}")
        with suppress(asyncio.InvalidStateError):
            self.closed.set_result(None)

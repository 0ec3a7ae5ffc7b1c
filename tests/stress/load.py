"""Clients that ask and ask again, from one event loop in a thread, and what became of each request."""

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


def written(task, row, *, path="", rows=0):
    """Write a request for one row, or for a batch that repeats it."""
    body = {"instances": [row] * rows} if rows else row
    return Post(f"/predict/{task}{path}".encode(), json.dumps(body).encode()).written()


@dataclass(frozen=True)
class Clients:
    """So many clients that send the same requests in turns, each with a pause after every answer.

    Those that do not keep their connection open a new one for every request.
    """

    requests: tuple[bytes, ...]
    number: int = 4
    keeps: bool = True
    pause_seconds: float = 0


class Load(Background):
    """Puts a server under load as long as it is entered, and counts.

    `seconds` has for each status how long every answer took, from the request's first byte to the
    answer's last. `lost` tells of every request that was sent and not answered in full. A connection
    that was refused is no request, and nor is one that the server closed while it was idle.
    """

    def __init__(self, port, *groups):
        super().__init__()
        self.seconds: dict[int, list[float]] = {}
        # The same for each group of clients.
        self.seconds_of: dict[Clients, dict[int, list[float]]] = {group: {} for group in groups}
        self.lost = []
        self.refused = 0
        self.answered = 0
        # How often each successful answer came, by its hash.
        self.answers: Counter[int] = Counter()
        self.port = port
        self._groups = groups

    def record(self, group, status, seconds, body):
        self.answered += 1
        for times in (self.seconds, self.seconds_of[group]):
            times.setdefault(status, []).append(seconds)
        if status == 200:
            self.answers[hash(body)] += 1

    @property
    def sent(self):
        """Count the requests that were sent."""
        return self.answered + len(self.lost)

    def work(self):
        """Ask until it is ended."""
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(self._ask())

    async def _ask(self):
        clients = [self._ask_on(group) for group in self._groups for _ in range(group.number)]
        await asyncio.gather(*clients)

    async def _ask_on(self, group):
        numbers = count()
        loop = asyncio.get_running_loop()
        while not self.ended.is_set():
            try:
                connecting = loop.create_connection(lambda: Caller(self, group, numbers), HOST, self.port)
                _, caller = await asyncio.wait_for(connecting, CONNECT_SECONDS)
            except (OSError, TimeoutError):
                self.refused += 1
                await asyncio.sleep(RETRY_SECONDS)
                continue
            await caller.over


class Caller(asyncio.Protocol):
    """One connection of a client."""

    def __init__(self, load, group, numbers):
        self._load = load
        self._group = group
        self._numbers = numbers
        self._received = b""
        self._sent_at: float | None = None
        self.over = asyncio.get_running_loop().create_future()

    def connection_made(self, transport):
        self._transport = transport
        self._send()

    def _send(self):
        if self._load.ended.is_set() or self._transport.is_closing():
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
        if headers.get(b"connection") == b"close" or not self._group.keeps:
            self._transport.close()
        elif self._group.pause_seconds:
            asyncio.get_running_loop().call_later(self._group.pause_seconds, self._send)
        else:
            self._send()

    def connection_lost(self, trouble):
        if self._sent_at is not None:
            how = "no answer" if not self._received else "half an answer"
            self._load.lost.append(f"{how}: {trouble!r}")
        with suppress(asyncio.InvalidStateError):
            self.over.set_result(None)

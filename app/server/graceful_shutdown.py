"""How the server leaves: it says so, answers all that it has taken in, and then goes.

Told to stop, it is no longer ready, but goes on listening for `drain_seconds`, so that who shares out
requests can notice. Then it takes in what the kernel has already accepted for it and listens no more.
Every answer from a moment later on closes its connection, so that nobody sends a request into a
connection that is about to end. Who has not finished when the time is up is hung up on.
"""

import asyncio
import logging
import signal
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from types import FrameType
from typing import Any

import uvicorn

from app.lifecycle import SHUTTING_DOWN
from app.observability.log_writer import STREAM
from app.server.listener import accept_pending, refuse_new_connections

CLOSE = (b"connection", b"close")

# So long the loop has to take in what the kernel accepted before newcomers were refused.
TAKE_IN_SECONDS = 0.2
# So long an idle connection is kept for a request that may be on its way.
IDLE_SECONDS = 0.5
# So long before the end of the time for shutdown the rest is hung up on.
HANG_UP_SECONDS = 0.25
POLL_SECONDS = 0.02

logger = logging.getLogger("app.server.graceful_shutdown")


class ServerConfig(uvicorn.Config):
    """uvicorn's own configuration, and how long to go on listening once told to stop."""

    def __init__(self, app: str, *, shutdown_seconds: int, drain_seconds: int, **options: Any) -> None:
        super().__init__(app, timeout_graceful_shutdown=shutdown_seconds, **options)
        self.shutdown_seconds = shutdown_seconds
        self.drain_seconds = drain_seconds


class Server(uvicorn.Server):
    """uvicorn's server, that loses no request when it is told to stop."""

    def __init__(self, config: ServerConfig) -> None:
        super().__init__(config)
        self._times = config
        self._listeners: list[socket.socket] = []

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Hear SIGHUP, too: a terminal that is closed ends no request. A supervisor hears it itself."""
        heard = self.handle_exit if self._times.workers == 1 else signal.SIG_IGN
        before = signal.getsignal(signal.SIGHUP)
        # `nohup` says that it is to be ignored.
        signal.signal(signal.SIGHUP, before if before is signal.SIG_IGN else heard)
        with super().capture_signals():
            try:
                yield
            finally:
                signal.signal(signal.SIGHUP, before)
                # The signal that may be raised again ends the process without another word.
                STREAM.drain()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Note that the server is to stop, where every later request can see it."""
        super().handle_exit(sig, frame)
        if self.started:
            self.lifespan.state[SHUTTING_DOWN] = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to serve."""
        self.loop = asyncio.get_running_loop()
        self._listeners = sockets or []
        await super().startup(sockets)

    async def on_tick(self, counter: int) -> bool:
        """Ten times a second, let in everybody who waits.

        The event loop lets one client in a round. While its rounds are short nobody waits; but behind
        long batches many would wait in the kernel, neither refused nor told that the server is alive.
        """
        meet = partial(self.loop.connect_accepted_socket, self._meet)
        waiting = [client for listener in self._listeners for client in accept_pending(listener)]
        # All in one round.
        await asyncio.gather(*map(meet, waiting), return_exceptions=True)
        return await super().on_tick(counter)

    def _meet(self) -> asyncio.Protocol:
        state, app_state = self.server_state, self.lifespan.state
        protocol: Any = self.config.http_protocol_class
        met: asyncio.Protocol = protocol(config=self.config, server_state=state, app_state=app_state)
        return met

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Leave; where everybody had their answer, the process ends with status 0."""
        self._close_with_each_answer()
        await self._current_timeout(self._times.drain_seconds)
        await self._listen_no_more(sockets or [])
        if await self._answer_all():
            # Else uvicorn raises the signal again, once all is done, and the process ends by it.
            self._captured_signals.clear()
        else:
            self._abort()
        # Nobody is left whom uvicorn could wait for, but for work that goes on after a connection is cut.
        self.config.timeout_graceful_shutdown = 1
        await super().shutdown(sockets)

    def _close_with_each_answer(self) -> None:
        self.server_state.default_headers = [*self.server_state.default_headers, CLOSE]
        for connection in self.server_state.connections:
            # Who sends a head yet is told by the answer to it.
            if is_answering(connection) and not is_sending_head(connection):
                connection.shutdown()

    async def _listen_no_more(self, sockets: Sequence[socket.socket]) -> None:
        # Where several processes share a listener, that is for the one that started them to say.
        if self.config.workers == 1:
            refuse_new_connections(sockets)
        await asyncio.sleep(TAKE_IN_SECONDS)
        for server in self.servers:
            server.close()
        for listener in sockets:
            listener.close()

    async def _answer_all(self) -> bool:
        if await self._are_all_gone(IDLE_SECONDS):
            return True
        for connection in list(self.server_state.connections):
            if is_idle(connection):
                connection.shutdown()
        spent = TAKE_IN_SECONDS + IDLE_SECONDS + HANG_UP_SECONDS
        return await self._are_all_gone(self._times.shutdown_seconds - spent)

    async def _are_all_gone(self, within_seconds: float) -> bool:
        state = self.server_state
        await self._current_timeout(within_seconds, lambda: not state.connections and not state.tasks)
        return not state.connections and not state.tasks

    async def _current_timeout(self, seconds: float, is_over: Callable[[], bool] = lambda: False) -> None:
        end = time.monotonic() + seconds
        while not is_over():
            if self.force_exit or time.monotonic() >= end:
                return
            await asyncio.sleep(POLL_SECONDS)

    def _abort(self) -> None:
        connections: list[Any] = list(self.server_state.connections)
        logger.warning("Time is up; %d connections are cut off.", len(connections))
        for connection in connections:
            connection.transport.abort()


def is_idle(connection: Any) -> bool:
    """Say whether a connection has no request, nor the beginning of one, that waits for its answer."""
    return not is_answering(connection) and not is_sending_head(connection)


def is_answering(connection: Any) -> bool:
    """Say whether the last whole head has not had its whole answer."""
    return connection.cycle is not None and not connection.cycle.response_complete


def is_sending_head(connection: Any) -> bool:
    """Say whether a head has begun and not ended."""
    # uvicorn makes a scope of the first byte of a head, and a cycle with that scope of its last.
    begun, ended = connection.scope, connection.cycle and connection.cycle.scope
    return begun is not None and begun is not ended

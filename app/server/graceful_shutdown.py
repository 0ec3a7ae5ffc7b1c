"""Graceful shutdown: after a signal the server answers the requests that it has accepted, then ends.

1. `/health/ready` answers 503, and every response closes its connection. For `drain_seconds` the server
   accepts further connections, so that a load balancer has time to notice.
2. The server accepts the connections that the kernel has already established, and stops listening.
3. Idle connections stay open for IDLE_SECONDS, because a request may be on its way.
4. `shutdown_seconds` after the end of step 1, the connections that are still open are aborted.
"""

import asyncio
import logging
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import uvicorn

from app.lifecycle import SHUTTING_DOWN
from app.observability.log_writer import STREAM
from app.server.listener import accept_pending, refuse_new_connections

CLOSE_HEADER = (b"connection", b"close")

# For the event loop to accept what the kernel established before new connections were refused.
ACCEPT_SECONDS = 0.2
IDLE_SECONDS = 0.5
# Between the abort of the last connections and the end of `shutdown_seconds`.
ABORT_MARGIN_SECONDS = 0.25
POLL_SECONDS = 0.02

logger = logging.getLogger(__name__)


class ServerConfig(uvicorn.Config):
    """uvicorn's configuration, with the timeouts of requests and of the shutdown."""

    def __init__(
        self,
        app: str,
        *,
        request_timeout_seconds: int,
        shutdown_seconds: int,
        drain_seconds: int,
        **options: Any,
    ) -> None:
        # uvicorn waits at the very end, when only tasks of aborted connections may be left.
        super().__init__(app, timeout_graceful_shutdown=1, **options)
        self.request_timeout_seconds = request_timeout_seconds
        self.shutdown_seconds = shutdown_seconds
        self.drain_seconds = drain_seconds


class Server(uvicorn.Server):
    """uvicorn's server with a shutdown that loses no request."""

    config: ServerConfig

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Handle SIGHUP, too, so that closing the terminal ends the server gracefully.

        A worker ignores it, because its supervisor handles it.
        """
        handler = self.handle_exit if self.config.workers == 1 else signal.SIG_IGN
        previous = signal.getsignal(signal.SIGHUP)
        # `nohup` has it ignored, and that stays so.
        signal.signal(signal.SIGHUP, previous if previous is signal.SIG_IGN else handler)
        with super().capture_signals():
            try:
                yield
            finally:
                signal.signal(signal.SIGHUP, previous)
                # uvicorn may raise the signal again, which ends the process at once.
                STREAM.drain()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Start the shutdown, and show it to every later request (`app.lifecycle.is_shutting_down`)."""
        super().handle_exit(sig, frame)
        if self.started:
            self.lifespan.state[SHUTTING_DOWN] = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to serve."""
        self.loop = asyncio.get_running_loop()
        self._listeners = sockets or []
        await super().startup(sockets)

    async def on_tick(self, counter: int) -> bool:
        """Accept all pending connections, ten times a second.

        The event loop accepts one connection in each iteration. While it computes long batches, others
        would wait in the kernel, neither answered nor refused.
        """
        connect = self.loop.connect_accepted_socket
        pending = [client for listener in self._listeners for client in accept_pending(listener)]
        # Together, so that no batch is computed between two of them.
        connections = (connect(self._create_protocol, client) for client in pending)
        await asyncio.gather(*connections, return_exceptions=True)
        return await super().on_tick(counter)

    def _create_protocol(self) -> asyncio.Protocol:
        protocol_class: Any = self.config.http_protocol_class
        protocol: asyncio.Protocol = protocol_class(self.config, self.server_state, self.lifespan.state)
        return protocol

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Shut down gracefully; if all requests are answered, the process ends with status 0."""
        self._close_after_responses()
        await self._wait(self.config.drain_seconds)
        await self._stop_listening()
        if await self._finish_requests():
            # Otherwise uvicorn raises the signal again at the end, and the process ends by it.
            self._captured_signals.clear()
        else:
            self._abort_connections()
        await super().shutdown(sockets)

    def _close_after_responses(self) -> None:
        self.server_state.default_headers = [*self.server_state.default_headers, CLOSE_HEADER]
        for connection in self.server_state.connections:
            # If the next head has begun, its response closes the connection.
            if is_answering(connection) and not is_reading_head(connection):
                connection.shutdown()

    async def _stop_listening(self) -> None:
        # A listener that workers share is closed to new connections by their supervisor.
        if self.config.workers == 1:
            refuse_new_connections(self._listeners)
        await asyncio.sleep(ACCEPT_SECONDS)
        for server in self.servers:
            server.close()
        for listener in self._listeners:
            listener.close()

    async def _finish_requests(self) -> bool:
        if await self._wait(IDLE_SECONDS, self._has_finished):
            return True
        for connection in list(self.server_state.connections):
            if not (is_answering(connection) or is_reading_head(connection)):
                connection.shutdown()
        spent = ACCEPT_SECONDS + IDLE_SECONDS + ABORT_MARGIN_SECONDS
        return await self._wait(self.config.shutdown_seconds - spent, self._has_finished)

    def _has_finished(self) -> bool:
        return not self.server_state.connections and not self.server_state.tasks

    async def _wait(self, seconds: float, is_over: Callable[[], bool] = lambda: False) -> bool:
        """Wait until it is over, but at most these seconds; say whether it is."""
        end = time.monotonic() + seconds
        while not is_over():
            if self.force_exit or time.monotonic() >= end:
                return False
            await asyncio.sleep(POLL_SECONDS)
        return True

    def _abort_connections(self) -> None:
        connections: list[Any] = list(self.server_state.connections)
        logger.warning("The time for shutdown is over; %d connections are aborted.", len(connections))
        for connection in connections:
            connection.transport.abort()


def is_answering(connection: Any) -> bool:
    """Say whether the response to the newest complete head is incomplete."""
    return connection.cycle is not None and not connection.cycle.response_complete


def is_reading_head(connection: Any) -> bool:
    """Say whether a head has begun and is incomplete."""
    # uvicorn creates a scope at the first byte of a head, and a cycle with that scope at its last.
    begun, complete = connection.scope, connection.cycle and connection.cycle.scope
    return begun is not None and begun is not complete

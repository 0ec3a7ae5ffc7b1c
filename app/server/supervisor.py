"""Starts several worker processes, and replaces those that end or do not respond.

A worker that ends, does not respond for UNRESPONSIVE_SECONDS, or whose event loop is blocked for
BLOCKED_LOOP_SECONDS is killed and replaced; the requests that it had accepted are lost. If the replacement
cannot start, the other workers go on serving, and the next start is tried after RESTART_DELAY_SECONDS.
If the first workers cannot start, the server ends with status 3.

uvicorn's supervisor handles the signals and calls `keep_subprocess_alive` twice a second. Until the
shutdown nothing here waits for a worker, so that a blocked worker never delays a signal.
"""

import logging
import signal
import socket
import sys
import time
from contextlib import suppress

from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess, multiprocess

from app.server.graceful_shutdown import Server, ServerConfig
from app.server.listener import refuse_new_connections

# A worker that has not served by then is replaced.
WORKER_STARTUP_SECONDS = 60
# Between the end of a worker's shutdown time and its SIGKILL.
KILL_GRACE_SECONDS = 0.5
UNRESPONSIVE_SECONDS = 5
# The longest batch that a setting allows, 100,000 rows with missing values, blocks the loop for some seconds.
BLOCKED_LOOP_SECONDS = 25
RESTART_DELAY_SECONDS = 2
POLL_SECONDS = 0.05

logger = logging.getLogger(__name__)


class Worker(multiprocess.Process):
    """A process that runs the server, and how the supervisor checks it.

    `target` and `pong` run in the new process, `is_alive` in the supervisor.
    """

    config: ServerConfig
    _server: Server
    has_served = False
    _pinged_at: float | None = None

    def target(self, sockets: list[socket.socket] | None = None) -> None:
        """Run the server."""
        # Before the thread that runs `pong` starts, because both need the same server.
        self._server = Server(self.config)
        self._loop_active_at = time.monotonic()
        super().target(sockets)

    def pong(self) -> None:
        """Wait for a ping, and respond once the server has started and its event loop is not blocked."""
        self.child_conn.recv()
        while not self.server.started:
            time.sleep(POLL_SECONDS)
        # A closed loop raises RuntimeError; the process is about to end then.
        with suppress(RuntimeError):
            self._server.loop.call_soon_threadsafe(self._record_activity)
        while time.monotonic() - self._loop_active_at > BLOCKED_LOOP_SECONDS:
            time.sleep(POLL_SECONDS)
        self.child_conn.send(True)

    def _record_activity(self) -> None:
        self._loop_active_at = time.monotonic()

    def is_alive(self, timeout: float = UNRESPONSIVE_SECONDS) -> bool:
        """Say whether the process runs and responds, without waiting for it.

        Before it has served, it has `timeout` seconds for its first response.
        """
        now = time.monotonic()
        try:
            # Also reads a response that was sent before the process ended.
            if self.parent_conn.poll():
                self.has_served, self._pinged_at = self.parent_conn.recv(), None
            if self._pinged_at is None:
                self.parent_conn.send(b"ping")
                self._pinged_at = now
        except (OSError, EOFError):
            return False
        limit = UNRESPONSIVE_SECONDS if self.has_served else timeout
        return self.process.is_alive() and now - self._pinged_at <= limit


class Supervisor(Multiprocess):
    """Keeps the wanted number of workers running, and ends all of them at shutdown."""

    config: ServerConfig

    def __init__(self, config: ServerConfig, sockets: list[socket.socket]) -> None:
        super().__init__(config, sockets)
        self._workers: list[Worker] = []
        # Workers that a restart is to replace.
        self._outdated: list[Worker] = []
        # Workers that have been asked to end, and when each is killed.
        self._terminating: dict[Worker, float] = {}
        self._next_start = 0.0
        self._has_served = False
        self._has_failed = False
        self._is_killing = False

    def run(self) -> None:
        """Serve until a signal; the process ends with status 3 if its first workers cannot start."""
        super().run()
        if self._has_failed:
            sys.exit(STARTUP_FAILURE)

    def init_processes(self) -> None:
        """Start the first workers."""
        self._start_missing()

    def keep_subprocess_alive(self) -> None:
        """Replace dead workers, kill workers after their shutdown time, and continue a restart."""
        if self.should_exit.is_set():
            return
        startup_seconds = self.config.timeout_worker_healthcheck
        dead = [worker for worker in self._workers if not worker.is_alive(startup_seconds)]
        self._has_served = self._has_served or any(worker.has_served for worker in self._workers)
        for worker in dead:
            self._handle_dead_worker(worker)
        self._reap()
        self._start_missing()
        self._terminate_surplus()

    def restart_all(self) -> None:
        """Replace the workers one after another, each once its replacement serves."""
        self._outdated = list(self._workers)

    def handle_int(self) -> None:
        """Stop; after an earlier signal, kill the workers."""
        self._is_killing = self.should_exit.is_set()
        super().handle_int()

    def handle_ttin(self) -> None:
        """Run one worker more."""
        self.processes_num += 1

    def handle_ttou(self) -> None:
        """Run one worker less, but at least one."""
        self.processes_num = max(1, self.processes_num - 1)

    def terminate_all(self) -> None:
        """Ask every worker to end, and refuse new connections once `drain_seconds` are over."""
        for worker in list(self._workers):
            self._terminate(worker)
        end = time.monotonic() + self.config.drain_seconds
        while self._terminating and not self._is_killing and time.monotonic() < end:
            self._poll()
        refuse_new_connections(self.sockets)
        for listener in self.sockets:
            # The workers still have it open and accept what is pending; they close it last.
            listener.close()

    def join_all(self) -> None:
        """Wait until every worker has ended, and kill workers after their shutdown time."""
        while self._terminating:
            self._poll()

    def _start_missing(self) -> None:
        now = time.monotonic()
        # A worker that SIGKILL has not ended still counts; otherwise such processes would accumulate.
        unkillable = sum(now >= end for end in self._terminating.values())
        wanted = self.processes_num + bool(self._outdated) - unkillable
        while len(self._workers) < wanted and time.monotonic() >= self._next_start:
            self._start_worker()

    def _start_worker(self) -> None:
        try:
            worker = Worker(self.config, self.sockets)
            worker.start()
        except OSError as error:
            logger.error("A worker cannot start. %s.", error.strerror)  # noqa: TRY400 (one line)
            self._delay_restart()
        else:
            self._workers.append(worker)

    def _delay_restart(self) -> None:
        self._next_start = time.monotonic() + RESTART_DELAY_SECONDS
        # Their replacements cannot start, so the outdated workers stay.
        self._outdated.clear()

    def _handle_dead_worker(self, worker: Worker) -> None:
        status = worker.exitcode
        worker.kill()
        self._move_to_terminating(worker, time.monotonic())
        what = "did not respond in time" if status is None else f"ended with status {status}"
        if worker.has_served:
            logger.warning("Worker %s %s and is replaced.", worker.pid, what)
            return
        self._delay_restart()
        if status != STARTUP_FAILURE:
            logger.error("A worker cannot start. It %s.", what)
        elif not self._has_served:
            # The worker has logged the reason, and every other worker would fail in the same way.
            self._has_failed = self._is_killing = True
            self.should_exit.set()

    def _terminate_surplus(self) -> None:
        """Terminate one worker, outdated ones first, if enough others serve."""
        serving = sum(worker.has_served for worker in self._workers)
        for worker in self._outdated or self._workers:
            if serving - worker.has_served >= self.processes_num:
                self._terminate(worker)
                return

    def _terminate(self, worker: Worker) -> None:
        worker.terminate()
        seconds = self.config.drain_seconds + self.config.shutdown_seconds + KILL_GRACE_SECONDS
        self._move_to_terminating(worker, time.monotonic() + seconds)

    def _move_to_terminating(self, worker: Worker, end: float) -> None:
        self._workers.remove(worker)
        self._outdated = [other for other in self._outdated if other is not worker]
        self._terminating[worker] = end

    def _poll(self) -> None:
        self._is_killing = self._is_killing or signal.SIGINT in self.signal_queue
        self._reap()
        time.sleep(POLL_SECONDS)

    def _reap(self) -> None:
        """Remove workers that have ended, and kill workers after their shutdown time."""
        for worker, end in list(self._terminating.items()):
            if not worker.process.is_alive():
                del self._terminating[worker]
            elif self._is_killing or time.monotonic() >= end:
                worker.process.kill()
